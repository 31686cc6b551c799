//! A provider to harvest from, well or with faults, for benches and for trying by hand.
//!
//!     provider-double --records 20000 --fault 503-wait@/40 --fault bad-token@100x1

use clap::Parser;
use conformance_tests::double::{
    FAULTS, Format, ListSize, Order, Profile, Provider, TokenForm, rule,
};
use std::io::Write as _;
use std::time::Duration;

#[derive(Debug, Parser)]
#[command(about = "An OAI-PMH repository in memory, well or with faults")]
struct Options {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: String,
    /// Records.
    #[arg(long, default_value_t = 10_000)]
    records: usize,
    /// Records a page.
    #[arg(long, default_value_t = 100)]
    page_size: usize,
    /// `oai_dc` (1.4 KB a record) or `edm` (2.9 KB).
    #[arg(long, default_value = "oai_dc")]
    format: String,
    /// Bytes of description more, a record.
    #[arg(long, default_value_t = 0)]
    padding: usize,
    /// Milliseconds before each answer.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// Compress for those who ask.
    #[arg(long)]
    gzip: bool,
    /// completeListSize: right, absent, small, large, words.
    #[arg(long, default_value = "right")]
    list_size: String,
    /// no, transient or persistent.
    #[arg(long, default_value = "persistent")]
    deleted_record: String,
    /// Day granularity instead of seconds.
    #[arg(long)]
    by_day: bool,
    /// Seconds that the clock is ahead, or behind when negative.
    #[arg(long, default_value_t = 0, allow_hyphen_values = true)]
    clock_offset: i64,
    /// Tokens full of characters that have to be escaped.
    #[arg(long)]
    awkward_tokens: bool,
    /// Another order with every request.
    #[arg(long)]
    shuffled: bool,
    /// Every so many records, one is deleted.
    #[arg(long, default_value_t = 0)]
    deleted_every: usize,
    /// NAME[@PLACE][xTIMES]; may be repeated. Without a known name: the list of names.
    #[arg(long)]
    fault: Vec<String>,
    /// End when standard input closes.
    #[arg(long)]
    until_eof: bool,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let format = match options.format.as_str() {
        "oai_dc" => Format::OaiDc,
        "edm" => Format::Edm,
        other => anyhow::bail!("no format `{other}`; there are oai_dc and edm"),
    };
    let list_size = match options.list_size.as_str() {
        "right" => ListSize::Right,
        "absent" => ListSize::Absent,
        "small" => ListSize::TooSmall,
        "large" => ListSize::TooLarge,
        "words" => ListSize::Words,
        other => {
            anyhow::bail!("no list size `{other}`; there are right, absent, small, large, words")
        }
    };
    let deleted_record = match options.deleted_record.as_str() {
        "no" => "no",
        "transient" => "transient",
        "persistent" => "persistent",
        other => anyhow::bail!("deletedRecord is no, transient or persistent, not `{other}`"),
    };
    let profile = Profile {
        records: options.records,
        page_size: options.page_size,
        format,
        padding: options.padding,
        list_size,
        gzip: options.gzip,
        latency: Duration::from_millis(options.latency_ms),
        deleted_record,
        granularity: Some(if options.by_day { "YYYY-MM-DD" } else { "YYYY-MM-DDThh:mm:ssZ" }),
        clock_offset: options.clock_offset,
        token: if options.awkward_tokens { TokenForm::Awkward } else { TokenForm::Plain },
        order: if options.shuffled { Order::Shuffled } else { Order::Stable },
        ..Profile::default()
    };
    let provider = Provider::listen(profile, &options.listen)?;
    if options.deleted_every > 0 {
        let now = provider.now();
        provider.holding().delete(|number| number % options.deleted_every == 0, now);
    }
    for text in &options.fault {
        provider.inject(rule(text).map_err(anyhow::Error::msg)?);
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "Ready: {}", provider.url())?;
    writeln!(out, "{} faults are known; Ctrl-C ends.", FAULTS.len())?;
    drop(out);
    if options.until_eof {
        std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
        return Ok(());
    }
    provider.wait();
    Ok(())
}
