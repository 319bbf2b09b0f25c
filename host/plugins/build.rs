//! Are the WASI texts laid out? The bindings are made from them; without this the compiler's words would not say what to do.

fn main() {
    let stamp = "../../wit/deps/versions.txt";
    println!("cargo::rerun-if-changed={stamp}");
    println!("cargo::rerun-if-changed=../../wit");
    if !std::path::Path::new(stamp).exists() {
        println!("cargo::error=wit/deps is not laid out yet: run `cargo xtask setup` once");
    }
}
