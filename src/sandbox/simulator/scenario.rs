//! Scenarios: what can happen, by name.

macro_rules! scenarios {
    ($($name:ident $word:literal,)+) => {
        /// What happens.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Scenario {
            $(#[doc = $word] $name),+
        }

        impl Scenario {
            /// All of them, in the order of docs/sandbox.md.
            pub const ALL: &'static [Scenario] = &[$(Scenario::$name),+];

            /// The word for it on the command line.
            pub fn name(self) -> &'static str {
                match self { $(Scenario::$name => $word),+ }
            }
        }
    };
}

scenarios! {
    ConnectionTest "connection-test",
    FirstCycle "first-cycle",
    JoinerMoverLeaver "joiner-mover-leaver",
    Rename "rename",
    Rehire "re-hire",
    GroupChurn "group-churn",
    MassLeave "mass-leave",
    Retry "retry",
    Restart "restart",
    HostileNames "hostile-names",
    ProvisionOnDemand "provision-on-demand",
    Large "large",
}

impl Scenario {
    /// What is played when no scenario is named.
    pub const USUAL: [Scenario; 3] = [Scenario::ConnectionTest, Scenario::FirstCycle, Scenario::JoinerMoverLeaver];

    /// Whether an identity provider has it. A button for one person alone is Entra's.
    pub fn fits(self, idp: &str) -> bool {
        self != Scenario::ProvisionOnDemand || idp == "entra"
    }

    /// The scenario of a name.
    pub fn find(name: &str) -> Option<Scenario> {
        Scenario::ALL.iter().copied().find(|one| one.name() == name)
    }
}
