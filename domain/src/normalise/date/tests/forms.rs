use super::*;
#[test]
fn x() {
    for t in ["1850"] {
        println!("{}", read(t));
    }
}
