//! The command line.

use crate::workbench::WorkbenchCommand;
use clap::{Args, Parser, Subcommand};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// A telephony host that runs third-party logic as sandboxed WebAssembly components.
#[derive(Parser)]
#[command(name = "ucx", version)]
pub struct Program {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Run the host
    Run(RunOptions),
    /// Take the command line of the program whose name it is: ucx asterisk -f -C FILE
    #[command(disable_help_flag = true)]
    Asterisk(AsteriskOptions),
    /// Ask a running host: ucx rx "core show channels"
    Rx(RxOptions),
    /// Read a configuration directory and say what is wrong in it
    Check(CheckOptions),
    /// Say who decided what about a call, and what that rested on
    Why(WhyOptions),
    /// Ask a component what it would have said to recorded questions
    Replay(ReplayOptions),
    /// Print the secrets of the built-in default configuration
    Secrets(StateOptions),
    /// Plugins: begin, build, test and try them; make, sign and check bundles; look at and change what a running host has
    Plugin(PluginOptions),
    /// Soft phones for trying a host out
    Sim(SimOptions),
    /// The demonstration: phones, a component, and its swap under a live call
    Demo(DemoOptions),
}

/// Which ports the host takes.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Ports {
    /// Any that are free
    Free,
    /// 5060 for SIP, 10000 and up for media
    Standard,
}

#[derive(Args)]
pub struct StateOptions {
    /// Folder of the host's own files: secrets, plugins, compiled code, control socket
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
}

#[derive(Args)]
pub struct RunOptions {
    /// Directory with pjsip.conf, extensions.conf and the other files; without it, the built-in default on loopback
    #[arg(long, value_name = "DIR")]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub state: StateOptions,
    /// Address to listen on, for the built-in default only
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1")]
    pub listen: IpAddr,
    /// Ports to take, for the built-in default only
    #[arg(long, value_enum, default_value = "standard")]
    pub ports: Ports,
    /// Folder of components, watched for changes; STATE/plugins if not given
    #[arg(long, value_name = "DIR")]
    pub plugins: Option<PathBuf>,
    /// Folder of lookup tables, watched for changes; STATE/tables if not given
    #[arg(long, value_name = "DIR")]
    pub tables: Option<PathBuf>,
}

#[derive(Args)]
pub struct AsteriskOptions {
    /// Its options, as that program takes them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTIONS")]
    pub args: Vec<String>,
}

#[derive(Args)]
pub struct WhyOptions {
    /// The call: the Linkedid its events carry
    pub call: String,
    #[command(flatten)]
    pub state: StateOptions,
}

#[derive(Args)]
pub struct ReplayOptions {
    /// The call whose decisions are asked again; all recorded ones if not given
    pub call: Option<String>,
    /// The component to be asked, with its manifest beside it
    #[arg(long, value_name = "FILE")]
    pub plugin: PathBuf,
    /// Only decisions of this plugin; the component's own id if not given
    #[arg(long, value_name = "ID")]
    pub of: Option<String>,
    /// A ucx.toml with its grant; without one it is granted what it asks for
    #[arg(long, value_name = "FILE")]
    pub grants: Option<PathBuf>,
    #[command(flatten)]
    pub state: StateOptions,
}

#[derive(Args)]
pub struct RxOptions {
    #[command(flatten)]
    pub state: StateOptions,
    /// The command, in one or several words
    #[arg(required = true, value_name = "COMMAND")]
    pub words: Vec<String>,
}

#[derive(Args)]
pub struct PluginOptions {
    #[command(flatten)]
    pub state: StateOptions,
    #[command(subcommand)]
    pub command: PluginCommand,
}

#[derive(Subcommand)]
#[command(
    after_help = "Every other word goes to the running host: list, top, install FILE, swap NAME FILE, remove NAME, \
promote NAME, rollback NAME [N], history NAME, logs NAME, events, grant NAME LIST=VALUE, revoke NAME LIST=VALUE, \
grants diff FILE, shadow NAME [FILE|stop], canary NAME [FILE SHARE|stop]"
)]
pub enum PluginCommand {
    #[command(flatten)]
    Workbench(WorkbenchCommand),
    /// Put a component and its manifest into one file, NAME-VERSION.ucx
    Pack(PackOptions),
    /// Make a key: NAME.key, which signs, and NAME.pub, which others trust
    Keygen {
        /// Where to put them
        #[arg(value_name = "NAME")]
        name: PathBuf,
    },
    /// Sign a bundle
    Sign {
        /// The bundle, which is written over
        #[arg(value_name = "FILE")]
        bundle: PathBuf,
        /// The key that signs
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Verify a bundle and say what it is, asks and exports
    Check(PluginCheckOptions),
    #[command(external_subcommand)]
    Running(Vec<String>),
}

#[derive(Args)]
pub struct PackOptions {
    /// The component
    #[arg(value_name = "WASM")]
    pub component: PathBuf,
    /// Its manifest; the .toml file beside it if not given
    #[arg(long, value_name = "FILE")]
    pub manifest: Option<PathBuf>,
    /// The interfaces it was built against, as WIT
    #[arg(long, value_name = "FILE")]
    pub wit: Option<PathBuf>,
    /// What it is made of, as CycloneDX
    #[arg(long, value_name = "FILE")]
    pub sbom: Option<PathBuf>,
    /// The Cargo.lock to make that list from
    #[arg(long, value_name = "FILE", conflicts_with = "sbom")]
    pub lock: Option<PathBuf>,
    /// The key to sign with
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// File or folder to write to
    #[arg(long, value_name = "PATH")]
    pub out: Option<PathBuf>,
}

#[derive(Args)]
pub struct PluginCheckOptions {
    /// The bundle
    #[arg(value_name = "FILE")]
    pub bundle: PathBuf,
    /// The configuration directory whose ucx.toml says what is granted and trusted
    #[arg(long, value_name = "DIR")]
    pub config: Option<PathBuf>,
    /// It need not be signed
    #[arg(long)]
    pub unsigned: bool,
}

#[derive(Args)]
pub struct CheckOptions {
    /// The directory
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

#[derive(Args)]
pub struct DemoOptions {
    /// End when all steps are shown, with exit status 0 only if each of them held
    #[arg(long)]
    pub once: bool,
    /// Ports to take
    #[arg(long, value_enum, default_value = "free")]
    pub ports: Ports,
    /// Address to listen on
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1")]
    pub listen: IpAddr,
    /// Folder with the built components
    #[arg(long, value_name = "DIR", default_value = "target/plugins/components")]
    pub components: PathBuf,
    /// Folder for the recordings
    #[arg(long, value_name = "DIR", default_value = "demo")]
    pub recordings: PathBuf,
    /// Program with the clients of the three interfaces; without it their steps are left out
    #[arg(long, value_name = "FILE")]
    pub clients: Option<PathBuf>,
}

#[derive(Args)]
pub struct SimOptions {
    #[command(subcommand)]
    pub command: SimCommand,
}

#[derive(Subcommand)]
pub enum SimCommand {
    /// One phone, steered by lines on standard input (register, call 700, tone 440, hangup, quit, ...)
    Phone(SimPhoneOptions),
    /// One call: what was said as a ladder, what was heard, and the figures
    Call(SimCallOptions),
}

#[derive(Args)]
pub struct SimCallOptions {
    #[command(flatten)]
    pub phone: SimPhoneOptions,
    /// The number to call
    #[arg(value_name = "NUMBER")]
    pub number: String,
    /// How long to stay in the call, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3)]
    pub stay: u64,
    /// Digits to send once it is answered
    #[arg(long)]
    pub digits: Option<String>,
    /// Write what is heard to this WAV file
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
}

#[derive(Args)]
pub struct SimPhoneOptions {
    /// The phone's number, as the host knows it
    #[arg(long)]
    pub user: String,
    /// Its secret
    #[arg(long)]
    pub secret: Option<String>,
    /// A file that holds its secret, so that it is not seen among the processes
    #[arg(long, conflicts_with = "secret", value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    /// The host's SIP address
    #[arg(long, default_value = "127.0.0.1:5060")]
    pub server: SocketAddr,
    /// Address and port of its own; any free port of loopback if not given
    #[arg(long)]
    pub bind: Option<SocketAddr>,
    /// The tone it says, in Hz
    #[arg(long, value_name = "HZ")]
    pub tone: Option<u16>,
    /// Answer calls after so many milliseconds; without it they ring
    #[arg(long, value_name = "MS")]
    pub answer_after: Option<u64>,
    /// SIP over TCP
    #[arg(long)]
    pub tcp: bool,
}
