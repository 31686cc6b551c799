//! The raw path of a request, split into its parts.

use super::format::Format;
use super::identifier::{Identifier, decode};
use super::quality::Quality;
use super::region::Region;
use super::rotation::Rotation;
use super::size::Size;
use super::{ImageError, Version};
use std::fmt;

/// A request for a rendering.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Request {
    /// By whose rules.
    pub version: Version,
    /// Which image.
    pub identifier: Identifier,
    /// Which part of it.
    pub region: Region,
    /// How large.
    pub size: Size,
    /// Turned how.
    pub rotation: Rotation,
    /// In which colours.
    pub quality: Quality,
    /// In which format.
    pub format: Format,
}

impl fmt::Display for Request {
    /// `{identifier}/{region}/{size}/{rotation}/{quality}.{format}` as asked for, not yet canonical.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { identifier, region, size, rotation, quality, format, .. } = self;
        write!(f, "{identifier}/{region}/{size}/{rotation}/{quality}.{format}")
    }
}

/// What a path below `/iiif/2/` or `/iiif/3/` names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Resource {
    /// The image itself, to be redirected to its `info.json` (section 2).
    Base(Identifier),
    /// `{identifier}/info.json`
    Info(Identifier),
    /// A rendering.
    Image(Request),
}

impl Resource {
    /// Reads the raw path behind the prefix: still percent-encoded, without query.
    ///
    /// The path is split on raw `/` from the right, so an identifier may hold `%2F`; with an
    /// unescaped `/` in it there is no such image (404). Each part is percent-decoded once.
    ///
    /// # Errors
    /// [`ImageError`] with status 400 for whatever has not the form of the specification, 404 for an
    /// identifier with a raw slash.
    ///
    /// # Example
    /// ```
    /// use iiif::image::{Resource, Version};
    /// let Resource::Image(request) =
    ///     Resource::parse("ark:%2F12025%2F654/full/!200,200/0/default.jpg", Version::V3).unwrap()
    /// else { unreachable!() };
    /// assert_eq!(request.identifier.as_str(), "ark:/12025/654");
    /// assert_eq!(request.size.to_string(), "!200,200");
    /// ```
    pub fn parse(raw: &str, version: Version) -> Result<Self, ImageError> {
        let raw = raw.strip_prefix('/').unwrap_or(raw);
        let (rest, last) = match raw.rsplit_once('/') {
            None => return Ok(Self::Base(Identifier::parse(raw)?)),
            Some((rest, "")) => return Ok(Self::Base(Identifier::parse(rest)?)),
            Some((rest, "info.json")) => return Ok(Self::Info(Identifier::parse(rest)?)),
            Some(split) => split,
        };
        let mut parts = rest.rsplitn(4, '/');
        let (Some(rotation), Some(size), Some(region), Some(identifier)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(ImageError::syntax(
                "path",
                raw,
                "{identifier}/info.json or {identifier}/{region}/{size}/{rotation}/{quality}.{format}",
            ));
        };
        let text = |part: &'static str, raw: &str| {
            decode(raw).ok_or_else(|| ImageError::syntax(part, raw, "percent-encoded UTF-8 text"))
        };
        let last = text("quality", last)?;
        let (quality, format) = last
            .rsplit_once('.')
            .ok_or_else(|| ImageError::syntax("quality", &last, "{quality}.{format}"))?;
        Ok(Self::Image(Request {
            version,
            identifier: Identifier::parse(identifier)?,
            region: Region::parse(&text("region", region)?)?,
            size: Size::parse(&text("size", size)?, version)?,
            rotation: Rotation::parse(&text("rotation", rotation)?)?,
            quality: Quality::parse(quality)?,
            format: Format::parse(format)?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_identifier_may_hold_encoded_slashes_and_parameters_encoded_signs() {
        let path = "a%2Fb/pct:0,0,50,50/%5E%21100,100/%2145/gray.png";
        let Ok(Resource::Image(request)) = Resource::parse(path, Version::V3) else {
            panic!("not an image request")
        };
        assert_eq!(request.to_string(), "a%2Fb/pct:0,0,50,50/^!100,100/!45/gray.png");
    }

    #[test]
    fn the_base_uri_and_info_json_are_told_apart() {
        let id = |raw: &str| Identifier::parse(raw).unwrap();
        assert_eq!(Resource::parse("x", Version::V3), Ok(Resource::Base(id("x"))));
        assert_eq!(Resource::parse("x/", Version::V3), Ok(Resource::Base(id("x"))));
        assert_eq!(Resource::parse("/x/info.json", Version::V2), Ok(Resource::Info(id("x"))));
        // An unescaped slash stays in the identifier, which then names nothing.
        assert_eq!(Resource::parse("a/b/info.json", Version::V3).unwrap_err().status(), 404);
    }

    #[test]
    fn paths_of_another_shape_are_bad_requests() {
        for bad in [
            "",
            "x/full",
            "x/full/max/0",
            "x/full/max/0/default",
            "x/full/max/0/.jpg",
            "x/full/max/0/default.",
            "x/full/max/0/default.jp2",
            "x/full/max/0/native.jpg",
            "/full/max/0/default.jpg",
            "x/full/max//default.jpg",
        ] {
            let error = Resource::parse(bad, Version::V3).expect_err(bad);
            assert_eq!(error.status(), 400, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_path_panics(path in "[a-z0-9/%.,!^:]{0,60}") {
            let _any = (Resource::parse(&path, Version::V2), Resource::parse(&path, Version::V3));
        }
    }
}
