//! Which libraries are tried, and how many cases each has.

/// What a library is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Python,
    Node,
    Perl,
    /// A program of the workspace.
    Rust,
}

/// One library, or the part of one that a script tries.
#[derive(Clone, Copy, Debug)]
pub struct Library {
    pub name: &'static str,
    pub language: Language,
    /// The script is `use_NAME` in the language's folder.
    pub script: &'static str,
    /// How many cases the script has, so that none is lost in silence.
    pub cases: usize,
    /// The context its calls are made in.
    pub context: &'static str,
}

/// Where `AGI()` speaks with servers, and where a component does.
pub const CONTEXTS: [&str; 2] = ["lib", "bridged"];

const fn library(name: &'static str, language: Language, script: &'static str, cases: usize) -> Library {
    Library {
        name,
        language,
        script,
        cases,
        context: CONTEXTS[0],
    }
}

impl Library {
    /// The same script once more, its server led through the bridge.
    const fn bridged(self, name: &'static str) -> Self {
        Self {
            name,
            context: CONTEXTS[1],
            ..self
        }
    }
}

/// Every library; those that take long come first.
pub const LIBRARIES: &[Library] = &[
    library("ari-client-python", Language::Python, "ari_client", 22),
    library("asterisk-rs", Language::Rust, "trial", 15),
    library("pyst2-agi", Language::Python, "pyst2_agi", 18),
    library("pyst2-agi", Language::Python, "pyst2_agi", 18).bridged("pyst2-agi-bridged"),
    library("asyncari", Language::Python, "asyncari", 12),
    library("py-asterisk", Language::Python, "py_asterisk", 16),
    library("asterisk-ami", Language::Python, "asterisk_ami", 15),
    library("panoramisk", Language::Python, "panoramisk", 19),
    library("aioari", Language::Python, "aioari", 15),
    library("pyst2-manager", Language::Python, "pyst2_manager", 23),
    library("astami", Language::Python, "astami", 15),
    library("ari-client-node", Language::Node, "ari_client", 20),
    library("asterisk-manager-node", Language::Node, "asterisk_manager", 15),
    library("asterisk-ami-client", Language::Node, "asterisk_ami_client", 15),
    library("yana", Language::Node, "yana", 13),
    library("ding-dong", Language::Node, "ding_dong", 10),
    library("ding-dong", Language::Node, "ding_dong", 10).bridged("ding-dong-bridged"),
    library("asterisk-agi-perl", Language::Perl, "asterisk_agi", 11),
    library(
        "telephony-asterisk-ami",
        Language::Perl,
        "telephony_asterisk_ami",
        13,
    ),
    library("asterisk-manager-perl", Language::Perl, "asterisk_manager", 11),
];
