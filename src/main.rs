//! The `passerelle` binary: one program, many roles. See `passerelle --help`.

fn main() {}
