//! A domain controller of Active Directory, as Samba plays it: provisioned once for all tests of a process.

use crate::directories::{Authority, Running, attempt, folder, ldif, own_address, run_to_end};
use std::path::Path;
use std::sync::OnceLock;

pub const BASE: &str = "DC=ad,DC=test";
pub const READER: &str = "R3ader!pass";

/// How many people the 40 large groups hold together.
pub const PEOPLE: usize = 2000;

/// The running controller.
pub struct Samba {
    /// Its address, without a scheme.
    pub host: String,
    /// The certificate of the authority that signed its own.
    pub ca: String,
    _running: Running,
}

/// The controller. `Err` says why there is none here.
pub fn samba() -> Result<&'static Samba, String> {
    static SAMBA: OnceLock<Result<Samba, String>> = OnceLock::new();
    SAMBA.get_or_init(start).as_ref().map_err(Clone::clone)
}

fn start() -> Result<Samba, String> {
    if !rustix::process::geteuid().is_root() {
        return Err("only root can run Samba's domain controller".to_owned());
    }
    for program in ["/usr/bin/samba-tool", "/usr/sbin/samba", "/usr/bin/ldbadd", "/usr/bin/ldapsearch"] {
        if !Path::new(program).exists() {
            return Err(format!("{program} is missing (tests/run installs it)"));
        }
    }
    let (folder, host) = (folder("samba"), own_address(88));
    let at = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let interfaces = format!("--option=interfaces={host}/8");
    let (target, address) = (format!("--targetdir={}", folder.display()), format!("--host-ip={host}"));
    let provision = [
        "domain",
        "provision",
        "--realm=AD.TEST",
        "--domain=ADT",
        "--server-role=dc",
        "--dns-backend=NONE",
        "--adminpass=Passw0rd!test",
        "--host-name=dc1",
        &target,
        &address,
        &interfaces,
        "--option=bind interfaces only=yes",
        "--option=vfs objects=",
    ];
    // A container may forbid what Samba keeps beside its files.
    attempt("/usr/bin/samba-tool", &provision).map_err(|said| format!("it cannot be provisioned here: {said}"))?;
    std::fs::write(at("load.ldif"), everything()).unwrap();
    std::fs::write(at("change.ldif"), CHANGES).unwrap();
    let database = at("private/sam.ldb");
    run_to_end("/usr/bin/ldbadd", &["-H", &database, &at("load.ldif")]);
    run_to_end("/usr/bin/ldbmodify", &["-H", &database, &at("change.ldif")]);
    let settings = at("etc/smb.conf");
    run_to_end("/usr/bin/samba-tool", &["user", "create", "reader", READER, "-s", &settings]);
    run_to_end("/usr/bin/samba-tool", &["user", "create", "off", READER, "-s", &settings]);
    run_to_end("/usr/bin/samba-tool", &["user", "disable", "off", "-s", &settings]);
    let authority = Authority::new();
    authority.equip(&folder, &[&host, "dc1.ad.test"]);
    std::fs::create_dir_all(at("run")).unwrap();
    let options = [
        interfaces,
        "--option=bind interfaces only=yes".to_owned(),
        "--option=server services=ldap".to_owned(),
        format!("--option=pid directory={}", at("run")),
        format!("--option=ncalrpc dir={}", at("run/ncalrpc")),
        format!("--option=tls keyfile={}", at("key.pem")),
        format!("--option=tls certfile={}", at("certificate.pem")),
        format!("--option=tls cafile={}", at("ca.pem")),
    ];
    let mut server = vec!["/usr/sbin/samba", "-F", "-M", "single", "--debug-stdout", "-s", &settings];
    server.extend(options.iter().map(String::as_str));
    let running = Running::start(&format!("ldap://{host}"), &folder, &server);
    Ok(Samba { host, ca: authority.pem(), _running: running })
}

/// The name of person `n` of the large groups.
pub fn name(n: usize) -> String {
    format!("p{n:04}")
}

/// All entries: 2 000 people in 40 groups of 50, three levels of groups in a circle, and everything that is odd.
fn everything() -> String {
    let mut text = ldif(&format!("OU=Staff,{BASE}"), &[("objectClass", "organizationalUnit")]);
    for n in 0..PEOPLE {
        let (cn, mail) = (name(n), format!("{}@acme.test", name(n)));
        let attributes = [("givenName", "Person"), ("sn", cn.as_str()), ("mail", mail.as_str())];
        text.push_str(&person(&cn, &cn, &attributes));
    }
    for g in 0..40 {
        let members: Vec<String> = (0..50).map(|n| staff(&name(g * 50 + n))).collect();
        text.push_str(&group(&format!("large{g:02}"), &members));
    }
    let odd = |cn: &str, account: &str, more: &[(&str, &str)]| {
        let mail = format!("{account}@acme.test");
        let mut attributes = vec![("mail", mail.as_str())];
        attributes.extend_from_slice(more);
        person(cn, account, &attributes)
    };
    text += &odd("disabled", "disabled", &[("userAccountControl", "514")]);
    text += &odd("expired", "expired", &[("accountExpires", "133000000000000000")]);
    text += &odd("later", "later", &[("accountExpires", "159000000000000000")]);
    text += &odd("lockedout", "lockedout", &[("lockoutTime", "133000000000000000")]);
    text += &odd("Doe, Jane \"JD\"", "jane", &[("givenName", "Jane"), ("sn", "Doe"), ("displayName", "Jane Doe")]);
    text += &odd("Jörg Müller", "joerg", &[("givenName", "Jörg"), ("sn", "Müller")]);
    text += &odd("山田 花子", "hanako", &[("givenName", "花子"), ("sn", "山田")]);
    text += &person("byname", "byname", &[("userPrincipalName", "byname@ad.test")]);
    text += &person("nowhere", "nowhere", &[]);
    text += &odd("guest", "primary", &[]);
    text += &person("twin1", "twin1", &[("mail", "twin@acme.test")]);
    text += &person("twin2", "twin2", &[("mail", "Twin@acme.test")]);
    text += &ldif(&staff("contact"), &[("objectClass", "contact"), ("mail", "contact@acme.test")]);
    let computer = [("objectClass", "computer"), ("sAMAccountName", "PC1$"), ("mail", "pc1@acme.test")];
    text += &ldif(&staff("pc1"), &computer);
    let people = |names: &[&str]| names.iter().map(|name| staff(name)).collect::<Vec<_>>();
    text += &group(
        "Odd",
        &people(&[
            "disabled",
            "expired",
            "later",
            "lockedout",
            "Doe, Jane \"JD\"",
            "Jörg Müller",
            "山田 花子",
            "byname",
            "nowhere",
            "contact",
            "pc1",
        ]),
    );
    text += &group("Twins", &people(&["twin1", "twin2"]));
    text += &group("*)(uid=*", &people(&["twin1"]));
    text += &group("Team, “A”", &people(&["p0001", "later"]));
    text += &group("Division", &people(&["p0002", "Team, “A”"]));
    text += &group("Company", &people(&["p0003", "Division"]));
    text += &ldif(&format!("OU=Other,{BASE}"), &[("objectClass", "organizationalUnit")]);
    let second = [("objectClass", "group"), ("sAMAccountName", "twins2")];
    text += &ldif(&format!("CN=Twins,OU=Other,{BASE}"), &second);
    text
}

/// The circle is closed, and a person gets another primary group, once all are there.
const CHANGES: &str = "\
dn: CN=Team\\2C “A”,OU=Staff,DC=ad,DC=test
changetype: modify
add: member
member: CN=Company,OU=Staff,DC=ad,DC=test

dn: CN=Domain Guests,CN=Users,DC=ad,DC=test
changetype: modify
add: member
member: CN=guest,OU=Staff,DC=ad,DC=test

dn: CN=guest,OU=Staff,DC=ad,DC=test
changetype: modify
replace: primaryGroupID
primaryGroupID: 514
";

fn staff(cn: &str) -> String {
    format!("CN={},OU=Staff,{BASE}", ldap3::dn_escape(cn))
}

fn person(cn: &str, account: &str, attributes: &[(&str, &str)]) -> String {
    let mut all = vec![("objectClass", "user"), ("sAMAccountName", account)];
    if !attributes.iter().any(|(name, _)| *name == "userAccountControl") {
        all.push(("userAccountControl", "512"));
    }
    all.extend_from_slice(attributes);
    ldif(&staff(cn), &all)
}

fn group(cn: &str, members: &[String]) -> String {
    let account: String = cn.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut all = vec![("objectClass", "group"), ("sAMAccountName", account.as_str())];
    all.extend(members.iter().map(|member| ("member", member.as_str())));
    ldif(&staff(cn), &all)
}
