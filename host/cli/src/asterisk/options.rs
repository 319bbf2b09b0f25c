//! The options of the field's program: which there are, and which of them mean something here.

use std::path::PathBuf;

/// Where the program looks for its main file if nobody says.
const CONFIG: &str = "/etc/asterisk/asterisk.conf";

/// Options that take no argument and change nothing here: colours, core files, the identity of the console.
const WITHOUT_MEANING: &str = "giImnpqtTWXB";
/// Options that take an argument and change nothing here: memory, load and call limits, user, group.
const WITH_UNUSED_ARGUMENT: &str = "eLMUG";

/// What is said for `-h`.
pub const USAGE: &str = "Usage: asterisk [OPTIONS]\n  \
    -C FILE     read this asterisk.conf; its [directories] say where everything else is\n  \
    -f          stay in the foreground\n  \
    -F          go to the background, which is what happens without -f and -c\n  \
    -c          stay in the foreground, for a console\n  \
    -v, -d      say more; may be repeated\n  \
    -r, -R      connect to a running host; commands are read from standard input\n  \
    -x COMMAND  connect to a running host, carry one command out, and end\n  \
    -s SOCKET   the control socket to use, in place of the configured one\n  \
    -V          print the version and end\n  \
    -h          print this and end\n\
Accepted and without effect: -B -e -g -G -i -I -L -m -M -n -p -q -t -T -U -W -X";

/// What the program shall do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Be the host.
    Start,
    /// Ask a host that runs: one command, or those that are typed.
    Remote {
        command: Option<String>,
    },
    Version,
    Help,
}

/// A command line that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    pub mode: Mode,
    pub config: PathBuf,
    pub socket: Option<PathBuf>,
    pub is_foreground: bool,
    pub verbose: u32,
    pub debug: u32,
}

impl Launch {
    /// Reads the arguments behind the program's name.
    ///
    /// # Errors
    /// A sentence about the first argument that means nothing.
    pub fn parse(args: &[String]) -> Result<Self, String> {
        let mut launch = Self {
            mode: Mode::Start,
            config: PathBuf::from(CONFIG),
            socket: None,
            is_foreground: false,
            verbose: 0,
            debug: 0,
        };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let Some(letters) = arg.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
                return Err(format!("'{arg}' is no option"));
            };
            let mut letters = letters.chars();
            while let Some(letter) = letters.next() {
                if launch.flag(letter) {
                    continue;
                }
                let attached: String = letters.by_ref().collect();
                let value = match attached.as_str() {
                    "" => args.next().cloned(),
                    _ => Some(attached),
                };
                let value = value.ok_or_else(|| format!("the option -{letter} needs an argument"))?;
                launch.option(letter, value)?;
            }
        }
        Ok(launch)
    }

    /// Takes a letter without an argument; false if it is none.
    fn flag(&mut self, letter: char) -> bool {
        match letter {
            'f' | 'c' => self.is_foreground = true,
            'F' => {}
            'v' => self.verbose += 1,
            'd' => self.debug += 1,
            'V' => self.mode = Mode::Version,
            'h' => self.mode = Mode::Help,
            'r' | 'R' => {
                if self.mode == Mode::Start {
                    self.mode = Mode::Remote { command: None };
                }
            }
            _ => return WITHOUT_MEANING.contains(letter),
        }
        true
    }

    fn option(&mut self, letter: char, value: String) -> Result<(), String> {
        match letter {
            'C' => self.config = PathBuf::from(value),
            's' => self.socket = Some(PathBuf::from(value)),
            'x' => self.mode = Mode::Remote { command: Some(value) },
            _ if WITH_UNUSED_ARGUMENT.contains(letter) => {}
            _ => return Err(format!("there is no option -{letter}")),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Launch, String> {
        let args: Vec<String> = line.split(' ').map(str::to_owned).collect();
        Launch::parse(&args)
    }

    #[test]
    fn harnesses_start_it_in_the_foreground() {
        let launch = parse("-f -g -q -m -n -C /x/asterisk.conf").unwrap();
        assert_eq!(launch.mode, Mode::Start);
        assert!(launch.is_foreground);
        assert_eq!(launch.config, PathBuf::from("/x/asterisk.conf"));
        assert!(!parse("-F").unwrap().is_foreground);
    }

    #[test]
    fn letters_may_stand_together() {
        let args = ["-C", "/x", "-rx", "core show channels"].map(str::to_owned);
        let launch = Launch::parse(&args).unwrap();
        assert_eq!(
            launch.mode,
            Mode::Remote {
                command: Some("core show channels".to_owned())
            }
        );
        let launch = parse("-vvvdc -C/y").unwrap();
        assert_eq!((launch.verbose, launch.debug, launch.is_foreground), (3, 1, true));
        assert_eq!(launch.config, PathBuf::from("/y"));
        assert_eq!(parse("-r").unwrap().mode, Mode::Remote { command: None });
        assert_eq!(parse("-U nobody -V").unwrap().mode, Mode::Version);
    }

    #[test]
    fn what_means_nothing_is_refused() {
        assert_eq!(parse("-Z"), Err("the option -Z needs an argument".to_owned()));
        assert_eq!(parse("-Z 1"), Err("there is no option -Z".to_owned()));
        assert_eq!(parse("start"), Err("'start' is no option".to_owned()));
        assert_eq!(parse("-C"), Err("the option -C needs an argument".to_owned()));
    }
}
