use super::*;
#[test]
fn x() {
    assert_eq!(read("1850"), "1850..1850 1850");
}
