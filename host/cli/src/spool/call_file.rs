//! What a call file says.

use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Party, Place};
use ucx_pbx::{Destination, OriginateSpec};

/// Variables of one file; a further one is refused.
const VARIABLES_MAX: usize = 256;

/// A call somebody asks for by a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallFile {
    /// Whom to call.
    pub channel: String,
    caller: Option<String>,
    account: Option<String>,
    context: String,
    exten: String,
    priority: u32,
    application: Option<(String, String)>,
    variables: Vec<(String, String)>,
    codecs: Vec<String>,
    early_media: bool,
    wait_time: Duration,
    /// Further tries after the first.
    pub max_retries: u32,
    /// Between two tries.
    pub retry_time: Duration,
    /// Whether the file is kept when it is over.
    pub archives: bool,
    /// Whether the file goes when it is over, even if its time of change is yet to come.
    pub always_goes: bool,
}

impl Default for CallFile {
    fn default() -> Self {
        Self {
            channel: String::new(),
            caller: None,
            account: None,
            context: "default".to_owned(),
            exten: "s".to_owned(),
            priority: 1,
            application: None,
            variables: Vec::new(),
            codecs: Vec::new(),
            early_media: false,
            wait_time: Duration::from_secs(45),
            max_retries: 0,
            retry_time: Duration::from_secs(300),
            archives: false,
            always_goes: true,
        }
    }
}

impl CallFile {
    /// Reads the lines `Name: value`; names in any case, `#` and `;` begin comments.
    ///
    /// # Errors
    /// A sentence about what stands in the way.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut file = Self::default();
        let mut application: Option<String> = None;
        let mut data = String::new();
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            let Some((name, value)) = line.split_once(':') else {
                return Err(format!("'{line}' has no colon"));
            };
            let value = value.trim();
            match name.trim().to_ascii_lowercase().as_str() {
                "application" => application = Some(value.to_owned()),
                "data" => value.clone_into(&mut data),
                name => file.line(name, value)?,
            }
        }
        if file.channel.is_empty() {
            return Err("there is no Channel".to_owned());
        }
        file.application = application.map(|name| (name, data));
        Ok(file)
    }

    fn line(&mut self, name: &str, value: &str) -> Result<(), String> {
        let number = || {
            value
                .parse::<u32>()
                .map_err(|_| format!("{name}: '{value}' is no number"))
        };
        let seconds = || number().map(|seconds| Duration::from_secs(u64::from(seconds)));
        let switch = || {
            matches!(
                value.to_ascii_lowercase().as_str(),
                "yes" | "true" | "y" | "t" | "1" | "on"
            )
        };
        match name {
            "channel" => value.clone_into(&mut self.channel),
            "callerid" => self.caller = Some(value.to_owned()),
            "account" => self.account = Some(value.to_owned()),
            "context" => value.clone_into(&mut self.context),
            "extension" => value.clone_into(&mut self.exten),
            "priority" => self.priority = number()?,
            "maxretries" => self.max_retries = number()?,
            "retrytime" => self.retry_time = seconds()?,
            "waittime" => self.wait_time = seconds()?,
            "archive" => self.archives = switch(),
            "alwaysdelete" => self.always_goes = switch(),
            "early_media" => self.early_media = switch(),
            "codecs" => self.codecs = value.split(',').map(|name| name.trim().to_owned()).collect(),
            "set" | "setvar" => {
                let (name, value) = value.split_once('=').unwrap_or((value, ""));
                if self.variables.len() >= VARIABLES_MAX {
                    return Err(format!("there are more than {VARIABLES_MAX} variables"));
                }
                self.variables.push((name.trim().to_owned(), value.to_owned()));
            }
            // What an earlier try wrote behind the text.
            "status" | "startretry" | "endretry" | "delayedretry" | "abortretry" => {}
            other => return Err(format!("'{other}' is not known")),
        }
        Ok(())
    }

    /// The call to make.
    pub fn spec(&self) -> OriginateSpec {
        let to = match &self.application {
            Some((name, data)) => Destination::Application {
                name: Arc::from(name.as_str()),
                data: Arc::from(data.as_str()),
            },
            None => Destination::Exten(Place::new(&self.context, &self.exten, self.priority)),
        };
        let mut spec = OriginateSpec::new(&self.channel, to);
        spec.timeout = Some(self.wait_time);
        spec.caller = self.caller.as_deref().map(Party::parse).unwrap_or_default();
        spec.account = self.account.as_deref().map(Arc::from);
        spec.variables = self
            .variables
            .iter()
            .map(|(name, value)| (Arc::from(name.as_str()), Arc::from(value.as_str())))
            .collect();
        spec.codecs = self.codecs.iter().map(|name| Arc::from(name.as_str())).collect();
        spec.early_media = self.early_media;
        spec
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_whom_to_call_and_where_the_call_goes() {
        let file = CallFile::parse(
            "# a call\nChannel: Local/600@phones\nCallerid: \"Robot\" <900>\nMaxRetries: 2\nRetryTime: 5\nWaitTime: 20\nContext: main\nExtension: 100\nPriority: 2\nSet: A=1=2\nSetvar: B=\nArchive: Yes\n",
        )
        .unwrap();
        assert_eq!((file.max_retries, file.retry_time), (2, Duration::from_secs(5)));
        assert!(file.archives && file.always_goes);
        assert!(
            !CallFile::parse("Channel: a\nAlwaysDelete: no\n")
                .unwrap()
                .always_goes
        );
        let spec = file.spec();
        assert_eq!(&*spec.channel, "Local/600@phones");
        assert_eq!((spec.caller.number(), spec.caller.name()), ("900", "Robot"));
        assert_eq!(spec.timeout, Some(Duration::from_secs(20)));
        assert_eq!(
            spec.variables,
            [
                (Arc::from("A"), Arc::from("1=2")),
                (Arc::from("B"), Arc::from(""))
            ]
        );
        assert!(matches!(spec.to, Destination::Exten(place) if place == Place::new("main", "100", 2)));
    }

    #[test]
    fn an_application_goes_before_an_extension() {
        let file = CallFile::parse("channel: PJSIP/1\nData: x,y\nApplication: Playback\n").unwrap();
        let to = file.spec().to;
        assert!(
            matches!(to, Destination::Application { name, data } if &*name == "Playback" && &*data == "x,y")
        );
    }

    #[test]
    fn mistakes_are_named() {
        for (text, problem) in [
            ("Context: a\n", "there is no Channel"),
            ("Channel\n", "'Channel' has no colon"),
            ("Channel: a\nWaitTime: soon\n", "waittime: 'soon' is no number"),
            ("Channel: a\nColour: red\n", "'colour' is not known"),
        ] {
            assert_eq!(CallFile::parse(text), Err(problem.to_owned()));
        }
    }
}
