//! From a request to numbers: what is cut out, how large it becomes, and its canonical URI.

use super::decimal::Decimal;
use super::format::Format;
use super::limits::scaled;
use super::quality::Quality;
use super::region::Region;
use super::rotation::Rotation;
use super::size::{Size, SizeMode};
use super::{Dimensions, ImageError, ImageInfo, Rect, Request, Version};

/// What to render. Made of a [`Request`] and an [`ImageInfo`], it is inside the image and the limits
/// by construction.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Plan {
    /// The part of the full image, in its pixels.
    pub crop: Rect,
    /// Size after scaling, before rotation.
    pub size: Dimensions,
    /// Mirrored and turned how.
    pub rotation: Rotation,
    /// Colours.
    pub quality: Quality,
    /// Format.
    pub format: Format,
    /// `{region}/{size}/{rotation}/{quality}.{format}` in the canonical form (3.0 section 4.7,
    /// 2.1 section 4.7). Two requests with the same canonical form have the same pixels.
    pub canonical: String,
}

impl Plan {
    /// Resolves the request against the image and its limits.
    ///
    /// # Errors
    /// [`ImageError`] with status 400, 404 (beyond the rights) or 501, see [`Region::resolve`] and
    /// [`Size::resolve`]; 413 when the rendering does not fit into the format.
    pub fn new(request: &Request, info: &ImageInfo) -> Result<Self, ImageError> {
        let image = info.dimensions();
        let crop = request.region.resolve(image)?;
        let size = request.size.resolve(request.version, image, crop, &info.limits)?;
        if size.longest() > request.format.max_side() {
            let Dimensions { width, height } = size;
            let format = match request.format {
                Format::Webp => "webp",
                Format::Gif => "gif",
                _ => "jpg",
            };
            return Err(ImageError::TooLargeForFormat { format, width, height });
        }
        let region = if crop.dimensions() == image {
            Region::Full
        } else {
            Region::Pixels { x: crop.x, y: crop.y, w: crop.width, h: crop.height }
        };
        let canonical = format!(
            "{region}/{}/{}/{}.{}",
            canonical_size(request.version, info, crop, size),
            request.rotation,
            request.quality.canonical(),
            request.format
        );
        Ok(Self {
            crop,
            size,
            rotation: request.rotation,
            quality: request.quality,
            format: request.format,
            canonical,
        })
    }

    /// Whether the pixels may be cut from an image of half the resolution, and again: how many times
    /// without losing any. At most 16.
    pub fn halvings(&self) -> u32 {
        let enough = |k: u32| {
            let level = self.crop.dimensions().reduced(1 << k);
            level.width >= self.size.width && level.height >= self.size.height
        };
        (1..=16).take_while(|k| enough(*k)).last().unwrap_or(0)
    }
}

/// The canonical size: 3.0 knows `max`, `^max`, `w,h` and `^w,h`; 2.1 knows `full`, `w,` and `w,h`.
fn canonical_size(version: Version, info: &ImageInfo, crop: Rect, size: Dimensions) -> Size {
    let region = crop.dimensions();
    let resolved = |mode: SizeMode, upscale: bool| {
        Size { mode, upscale }.resolve(version, info.dimensions(), crop, &info.limits).ok()
    };
    let exact = SizeMode::Exact(size.width, size.height);
    let (mode, upscale) = match version {
        Version::V3 => {
            let larger = size.width > region.width || size.height > region.height;
            if resolved(SizeMode::Max, false) == Some(size) {
                (SizeMode::Max, false)
            } else if larger && resolved(SizeMode::Max, true) == Some(size) {
                (SizeMode::Max, true)
            } else {
                (exact, larger)
            }
        }
        Version::V2 if size == region => (SizeMode::Full, false),
        Version::V2 if scaled(region.height, size.width, region.width).max(1) == size.height => {
            (SizeMode::Width(size.width), false)
        }
        Version::V2 => (exact, false),
    };
    Size { mode, upscale }
}

/// The canonical request for a whole image inside a box: what thumbnails and the bodies of canvases
/// point to, so that they meet the cache.
pub fn whole_image(info: &ImageInfo, longest: u32, format: Format) -> (String, Dimensions) {
    let crop = Rect { x: 0, y: 0, width: info.width, height: info.height };
    let size = Size { mode: SizeMode::Confined(longest, longest), upscale: false };
    let size = size
        .resolve(Version::V3, info.dimensions(), crop, &info.limits)
        .unwrap_or(Dimensions { width: 1, height: 1 });
    let canonical = canonical_size(Version::V3, info, crop, size);
    let rotation = Rotation { mirror: false, degrees: Decimal::ZERO };
    (format!("full/{canonical}/{rotation}/default.{format}"), size)
}

#[cfg(test)]
mod tests {
    use super::super::{Limits, Resource};
    use super::*;
    use proptest::prelude::*;

    fn plan(version: Version, info: &ImageInfo, parameters: &str) -> Result<Plan, ImageError> {
        match Resource::parse(&format!("x/{parameters}"), version)? {
            Resource::Image(request) => Plan::new(&request, info),
            other => panic!("{other:?}"),
        }
    }

    fn info(width: u32, height: u32, limits: Limits) -> ImageInfo {
        ImageInfo { width, height, limits, rights: None, tile: 512 }
    }

    fn check3(parameters: &str, expected: Result<(&str, u32, u32), u16>) {
        let limits = Limits { max_area: Some(4_000_000), ..Limits::default() };
        let planned = plan(Version::V3, &info(1000, 800, limits), parameters);
        let got = planned.map(|p| (p.canonical, p.size.width, p.size.height));
        let got = got.as_ref().map(|(c, w, h)| (c.as_str(), *w, *h)).map_err(ImageError::status);
        assert_eq!(got, expected, "{parameters}");
    }

    #[test]
    fn sizes_of_3_0_come_out_as_the_specification_says() {
        check3("full/max/0/default.jpg", Ok(("full/max/0/default.jpg", 1000, 800)));
        check3("full/500,/0/color.jpg", Ok(("full/500,400/0/default.jpg", 500, 400)));
        check3("full/,400/0/gray.png", Ok(("full/500,400/0/gray.png", 500, 400)));
        check3("full/pct:50/0/default.jpg", Ok(("full/500,400/0/default.jpg", 500, 400)));
        check3("full/pct:100/0/default.jpg", Ok(("full/max/0/default.jpg", 1000, 800)));
        check3("full/300,300/0/default.jpg", Ok(("full/300,300/0/default.jpg", 300, 300)));
        check3("full/!300,300/0/default.jpg", Ok(("full/300,240/0/default.jpg", 300, 240)));
        check3("full/!2000,3000/0/default.jpg", Ok(("full/max/0/default.jpg", 1000, 800)));
        check3("full/^!2000,3000/0/default.jpg", Ok(("full/^2000,1600/0/default.jpg", 2000, 1600)));
        check3("full/^max/0/default.jpg", Ok(("full/^max/0/default.jpg", 2236, 1788)));
        check3("full/^1500,/0/default.jpg", Ok(("full/^1500,1200/0/default.jpg", 1500, 1200)));
        check3("full/^500,/0/default.jpg", Ok(("full/500,400/0/default.jpg", 500, 400)));
        check3("square/max/0/default.jpg", Ok(("100,0,800,800/max/0/default.jpg", 800, 800)));
        check3(
            "pct:50,50,50,50/max/0/default.jpg",
            Ok(("500,400,500,400/max/0/default.jpg", 500, 400)),
        );
        check3(
            "900,700,500,500/100,/360/default.jpg",
            Ok(("900,700,100,100/max/0/default.jpg", 100, 100)),
        );
        check3(
            "0,0,1000,800/max/!22.50/bitonal.tif",
            Ok(("full/max/!22.5/bitonal.tif", 1000, 800)),
        );
    }

    #[test]
    fn requests_that_3_0_calls_errors_are_errors() {
        for parameters in [
            "full/1001,/0/default.jpg",
            "full/,801/0/default.jpg",
            "full/pct:100.1/0/default.jpg",
            "full/1001,10/0/default.jpg",
            "full/pct:0.01/0/default.jpg",
            "full/^3000,/0/default.jpg",
            "full/^pct:900/0/default.jpg",
            "full/^4294967295,4294967295/0/default.jpg",
            "1000,0,10,10/max/0/default.jpg",
            "0,800,10,10/max/0/default.jpg",
            "pct:100,0,10,10/max/0/default.jpg",
        ] {
            check3(parameters, Err(400));
        }
    }

    #[test]
    fn the_canonical_forms_of_2_1_differ() {
        let image = info(1000, 800, Limits { max_area: Some(4_000_000), ..Limits::default() });
        for (parameters, expected) in [
            ("full/full/0/default.jpg", "full/full/0/default.jpg"),
            ("full/max/0/color.jpg", "full/full/0/default.jpg"),
            ("full/!500,500/0/default.jpg", "full/500,/0/default.jpg"),
            ("full/,400/0/default.jpg", "full/500,/0/default.jpg"),
            ("full/300,300/0/default.jpg", "full/300,300/0/default.jpg"),
            ("full/2000,/0/default.jpg", "full/2000,/0/default.jpg"),
            ("full/!2000,2000/0/default.jpg", "full/full/0/default.jpg"),
        ] {
            assert_eq!(
                plan(Version::V2, &image, parameters).unwrap().canonical,
                expected,
                "{parameters}"
            );
        }
        assert_eq!(plan(Version::V2, &image, "full/^max/0/default.jpg").unwrap_err().status(), 400);
    }

    #[test]
    fn max_is_scaled_down_to_the_limits_and_full_of_2_1_is_refused_above_them() {
        let image = info(6000, 4000, Limits { max_width: Some(3000), ..Limits::default() });
        assert_eq!(plan(Version::V3, &image, "full/max/0/default.jpg").unwrap().size.width, 3000);
        assert_eq!(
            plan(Version::V2, &image, "full/max/0/default.jpg").unwrap().canonical,
            "full/3000,/0/default.jpg"
        );
        assert_eq!(plan(Version::V2, &image, "full/full/0/default.jpg").unwrap_err().status(), 400);
    }

    #[test]
    fn no_region_of_a_restricted_image_shows_more_than_the_whole_may() {
        let limits =
            Limits { max_side: Some(800), max_area: Some(60_000_000), ..Limits::default() };
        let image = info(6400, 4800, limits);
        let get = |parameters: &str| plan(Version::V3, &image, parameters);
        assert_eq!(
            get("full/max/0/default.jpg").unwrap().size,
            Dimensions { width: 800, height: 600 }
        );
        assert_eq!(get("full/max/0/default.jpg").unwrap().canonical, "full/max/0/default.jpg");
        assert_eq!(get("full/801,/0/default.jpg").unwrap_err().status(), 404);
        assert_eq!(get("0,0,512,512/512,512/0/default.jpg").unwrap_err().status(), 404);
        assert_eq!(get("0,0,512,512/max/0/default.jpg").unwrap().size.width, 64);
        assert_eq!(get("0,0,4096,4096/512,512/0/default.jpg").unwrap().size.width, 512);
        assert_eq!(get("full/^max/0/default.jpg").unwrap().canonical, "full/max/0/default.jpg");
        assert_eq!(get("0,0,4096,4096/^max/0/default.jpg").unwrap_err().status(), 404);
        assert_eq!(get("0,0,512,512/^max/0/default.jpg").unwrap_err().status(), 501);
        assert_eq!(get("full/^400,/0/default.jpg").unwrap().size.width, 400);
        assert_eq!(plan(Version::V2, &image, "full/full/0/default.jpg").unwrap_err().status(), 404);
        // Rights above the master's size restrict nothing.
        let small = info(640, 480, Limits { max_side: Some(800), ..Limits::default() });
        assert_eq!(plan(Version::V3, &small, "full/max/0/default.jpg").unwrap().size.width, 640);
    }

    #[test]
    fn without_stated_limits_nothing_is_upscaled() {
        let image = info(100, 100, Limits::default());
        for size in ["^max", "^200,", "^!200,200", "^pct:101"] {
            let planned = plan(Version::V3, &image, &format!("full/{size}/0/default.jpg"));
            match planned {
                Ok(plan) => assert_eq!(plan.size.width, 100, "{size}"),
                Err(error) => assert_eq!(error.status(), 501, "{size}"),
            }
        }
    }

    #[test]
    fn thin_images_keep_at_least_one_pixel() {
        let image = info(30_000, 3, Limits::default());
        assert_eq!(plan(Version::V3, &image, "full/100,/0/default.jpg").unwrap().size.height, 1);
        assert_eq!(plan(Version::V3, &image, "full/!90,90/0/default.jpg").unwrap().size.height, 1);
    }

    fn any_parameters() -> impl Strategy<Value = String> {
        let region = prop_oneof![
            Just("full".to_owned()),
            Just("square".to_owned()),
            (0u32..4000, 0u32..4000, 1u32..9000, 1u32..9000)
                .prop_map(|(x, y, w, h)| format!("{x},{y},{w},{h}")),
            (0u32..100, 0u32..100, 1u32..120, 1u32..120)
                .prop_map(|(x, y, w, h)| format!("pct:{x}.5,{y},{w},{h}.25")),
        ];
        let size = prop_oneof![
            Just("max".to_owned()),
            (1u32..6000).prop_map(|w| format!("{w},")),
            (1u32..6000).prop_map(|h| format!(",{h}")),
            (1u32..200).prop_map(|n| format!("pct:{n}.5")),
            (1u32..6000, 1u32..6000).prop_map(|(w, h)| format!("{w},{h}")),
            (1u32..6000, 1u32..6000).prop_map(|(w, h)| format!("!{w},{h}")),
        ];
        let up = prop_oneof![Just(""), Just("^")];
        let rotation = prop_oneof![Just("0"), Just("!90"), Just("22.5"), Just("360")];
        let quality = prop_oneof![Just("default"), Just("color"), Just("gray"), Just("bitonal")];
        (region, up, size, rotation, quality)
            .prop_map(|(r, up, s, o, q)| format!("{r}/{up}{s}/{o}/{q}.png"))
    }

    fn any_limits() -> impl Strategy<Value = Limits> {
        (
            proptest::option::of(1u32..5000),
            proptest::option::of(1u32..5000),
            proptest::option::of(1u64..20_000_000),
            proptest::option::of(1u32..5000),
        )
            .prop_map(|(max_width, max_height, max_area, max_side)| {
                // A height without a width is no state of info.json.
                let max_height = max_height.filter(|_| max_width.is_some());
                Limits { max_width, max_height, max_area, max_side }
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn a_plan_is_inside_the_image_and_the_limits_and_canonical_forms_are_stable(
            width in 1u32..8000, height in 1u32..8000, limits in any_limits(), parameters in any_parameters(),
        ) {
            let image = info(width, height, limits);
            for version in [Version::V2, Version::V3] {
                let Ok(first) = plan(version, &image, &parameters) else { continue };
                prop_assert!(first.crop.x + first.crop.width <= width && first.crop.width > 0);
                prop_assert!(first.crop.y + first.crop.height <= height && first.crop.height > 0);
                prop_assert!(first.size.width > 0 && first.size.height > 0);
                prop_assert!(limits.allow(first.size), "{:?} beyond {:?}", first.size, limits);
                if let Some(top) = limits.resolution(image.dimensions(), first.crop) {
                    prop_assert!(first.size.width <= top.width && first.size.height <= top.height);
                }
                let again = plan(version, &image, &first.canonical)
                    .map_err(|e| TestCaseError::fail(format!("{}: {e}", first.canonical)))?;
                prop_assert_eq!(&again.canonical, &first.canonical);
                prop_assert_eq!(again.crop, first.crop);
                prop_assert_eq!(again.size, first.size);
            }
        }
    }
}
