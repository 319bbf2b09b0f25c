//! `RAND`: a number drawn by lot.

use ucx_dialplan::Arguments;
use ucx_pbx::FunctionContext;

function!(Rand, "RAND", read read;
    synopsis: "A number drawn by lot, both ends included.",
    syntax: "RAND([min][,max])",
    arguments: &[("min", "0 without it."), ("max", "2147483647, the largest there is, without it.")],
);

const LARGEST: u64 = 2_147_483_647;

fn read(context: &FunctionContext<'_>, args: &str) -> Result<String, String> {
    let args = Arguments::split(args);
    let bound = |at: usize, by_default: u64| match args.get(at) {
        None => Ok(by_default),
        Some(text) => text.trim().parse().map_err(|_| format!("{text:?} is no bound")),
    };
    let (low, high) = (bound(0, 0)?.min(LARGEST), bound(1, LARGEST)?.min(LARGEST));
    Ok(context.random(low.min(high), high.max(low)).to_string())
}

#[cfg(test)]
mod tests {
    use crate::tests::expand;

    #[test]
    fn numbers_stay_in_their_bounds_and_differ() {
        let text = expand(&"${RAND(3,5)} ".repeat(60));
        let numbers: Vec<u32> = text
            .split_whitespace()
            .map(|number| number.parse().unwrap())
            .collect();
        assert!(numbers.iter().all(|number| (3..=5).contains(number)), "{text}");
        assert!([3, 4, 5].iter().all(|number| numbers.contains(number)), "{text}");
        assert_eq!(expand("${RAND(7,7)} [${RAND(a)}]"), "7 []");
    }
}
