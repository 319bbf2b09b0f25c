//! The parts of a bundle, their digests and the signature over these.

use crate::archive::{self, Known};
use crate::key::Signature;
use crate::{Fault, SecretKey, hex};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The longest manifest in bytes.
pub const MANIFEST_MAX: u64 = 64 << 10;
/// The largest component in bytes.
pub const COMPONENT_MAX: u64 = 64 << 20;
/// The longest text of interfaces in bytes.
pub const WIT_MAX: u64 = 1 << 20;
/// The longest list of ingredients in bytes.
pub const SBOM_MAX: u64 = 4 << 20;
/// The longest list of digests in bytes.
const DIGESTS_MAX: u64 = 4 << 10;
/// The longest signature in bytes.
const SIGNATURE_MAX: u64 = 256;

const DIGESTS: &str = "digests";
const SIGNATURE: &str = "signature";
const MANIFEST: &str = "plugin.toml";
const WIT: &str = "plugin.wit";
const SBOM: &str = "sbom.cdx.json";
const COMPONENT: &str = "component.wasm";

/// All there may be, in the order in which it has to come.
const KNOWN: [Known; 6] = [
    Known {
        name: DIGESTS,
        max: DIGESTS_MAX,
    },
    Known {
        name: SIGNATURE,
        max: SIGNATURE_MAX,
    },
    Known {
        name: MANIFEST,
        max: MANIFEST_MAX,
    },
    Known {
        name: WIT,
        max: WIT_MAX,
    },
    Known {
        name: SBOM,
        max: SBOM_MAX,
    },
    Known {
        name: COMPONENT,
        max: COMPONENT_MAX,
    },
];

/// A plugin with all that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    manifest: String,
    wit: Option<String>,
    sbom: Option<String>,
    component: Vec<u8>,
    digests: String,
    signature: Option<Signature>,
}

/// What a bundle of that plugin is called.
pub fn file_name(plugin: &str, version: &str) -> String {
    format!("{plugin}-{version}.ucx")
}

impl Bundle {
    /// Puts a bundle together, unsigned.
    ///
    /// # Errors
    /// [`Fault::TooLarge`].
    pub fn new(
        manifest: String,
        component: Vec<u8>,
        wit: Option<String>,
        sbom: Option<String>,
    ) -> Result<Self, Fault> {
        let mut bundle = Self {
            manifest,
            wit,
            sbom,
            component,
            digests: String::new(),
            signature: None,
        };
        for (entry, body) in bundle.parts() {
            let max = KNOWN
                .iter()
                .find(|known| known.name == entry)
                .map_or(0, |known| known.max);
            if body.len() as u64 > max {
                let size = body.len() as u64;
                return Err(Fault::TooLarge { entry, size, max });
            }
        }
        bundle.digests = bundle.parts().fold(String::new(), |text, (name, body)| {
            text + &digest_line(name, body)
        });
        Ok(bundle)
    }

    /// Reads a bundle and checks that its parts are those it was packed of. Who signed it is for [`crate::Trust`] to say.
    ///
    /// # Errors
    /// Whatever of [`Fault`] concerns form and digests.
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let entries = archive::read(bytes, &KNOWN)?;
        let find = |name: &'static str| {
            entries
                .iter()
                .find(|(entry, _)| *entry == name)
                .map(|(_, body)| *body)
        };
        let text = |name: &'static str| {
            let body = find(name).map(|body| String::from_utf8(body.to_vec()));
            body.transpose().map_err(|_| Fault::NotText(name))
        };
        let digests = text(DIGESTS)?.ok_or(Fault::Missing(DIGESTS))?;
        let signature = text(SIGNATURE)?
            .map(|text| Signature::parse(&text).ok_or(Fault::SignatureUnreadable))
            .transpose()?;
        let bundle = Self {
            manifest: text(MANIFEST)?.ok_or(Fault::Missing(MANIFEST))?,
            wit: text(WIT)?,
            sbom: text(SBOM)?,
            component: find(COMPONENT).ok_or(Fault::Missing(COMPONENT))?.to_vec(),
            digests,
            signature,
        };
        bundle.check_digests()?;
        Ok(bundle)
    }

    /// The bundle's bytes: always the same for the same parts and signature.
    pub fn to_bytes(&self) -> Vec<u8> {
        let signature = self.signature.map(Signature::to_text);
        let mut entries = vec![(DIGESTS, self.digests.as_bytes())];
        entries.extend(signature.iter().map(|text| (SIGNATURE, text.as_bytes())));
        entries.extend(self.parts());
        archive::write(&entries)
    }

    /// The same bundle, signed with that key and no other.
    #[must_use]
    pub fn signed(mut self, key: &SecretKey) -> Self {
        self.signature = Some(key.sign(self.digests.as_bytes()));
        self
    }

    /// The manifest's text.
    pub fn manifest(&self) -> &str {
        &self.manifest
    }

    /// The component.
    pub fn component(&self) -> &[u8] {
        &self.component
    }

    /// The interfaces it was built against, if it says.
    pub fn wit(&self) -> Option<&str> {
        self.wit.as_deref()
    }

    /// What it is made of (CycloneDX), if it says.
    pub fn sbom(&self) -> Option<&str> {
        self.sbom.as_deref()
    }

    /// The digests of all parts, as `sha256sum -c` reads them; what is signed.
    pub fn digests(&self) -> &str {
        &self.digests
    }

    /// The signature, which nobody has checked.
    pub fn signature(&self) -> Option<&Signature> {
        self.signature.as_ref()
    }

    /// SHA-256 of the digests, in hexadecimal: one name for all that is in it.
    pub fn digest(&self) -> String {
        hex(&Sha256::digest(self.digests.as_bytes()))
    }

    /// What is digested, in order.
    fn parts(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        [
            Some((MANIFEST, self.manifest.as_bytes())),
            self.wit.as_ref().map(|text| (WIT, text.as_bytes())),
            self.sbom.as_ref().map(|text| (SBOM, text.as_bytes())),
            Some((COMPONENT, self.component.as_slice())),
        ]
        .into_iter()
        .flatten()
    }

    fn check_digests(&self) -> Result<(), Fault> {
        let mut rest = self.digests.as_str();
        for (name, body) in self.parts() {
            let line = digest_line(name, body);
            rest = match rest.strip_prefix(line.as_str()) {
                Some(rest) => rest,
                None if rest
                    .lines()
                    .next()
                    .is_some_and(|said| said.ends_with(&line[64..line.len() - 1])) =>
                {
                    return Err(Fault::DigestMismatch(name));
                }
                None => return Err(Fault::DigestsIncomplete),
            };
        }
        if rest.is_empty() {
            Ok(())
        } else {
            Err(Fault::DigestsIncomplete)
        }
    }
}

fn digest_line(name: &str, body: &[u8]) -> String {
    let mut line = hex(&Sha256::digest(body));
    let _ = writeln!(line, "  {name}");
    line
}
