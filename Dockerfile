# One image, many roles: `passerelle serve`, `passerelle work`, `passerelle migrate`, …
FROM rust:1.95-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends cmake nasm && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/source/target \
    cargo build --release --locked --bin passerelle && cp target/release/passerelle /passerelle

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /var/lib/passerelle passerelle
COPY --from=build /passerelle /usr/local/bin/passerelle
USER passerelle
WORKDIR /var/lib/passerelle
ENV PASSERELLE_DATA=/var/lib/passerelle/data PASSERELLE_SCHEDULES=/etc/passerelle/schedules \
    PASSERELLE_LISTEN=0.0.0.0:8080 PASSERELLE_LOG_FORMAT=json
VOLUME /var/lib/passerelle/data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["curl", "-fsS", "http://127.0.0.1:8080/readyz"]
ENTRYPOINT ["passerelle"]
CMD ["serve"]
