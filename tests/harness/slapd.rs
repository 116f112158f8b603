//! OpenLDAP's server, with limits that force pages: started once for all tests of a process.

use crate::directories::{Authority, Running, folder, ldif, own_address, run_to_end};
use std::fmt::Write;
use std::path::Path;
use std::sync::OnceLock;

pub const BASE: &str = "dc=acme,dc=test";
pub const READER: &str = "cn=reader,dc=acme,dc=test";
pub const SECRET: &str = "r3ader";

/// How many people the group `staff` holds.
pub const STAFF: usize = 450;

/// The running server.
pub struct Slapd {
    pub ldap: String,
    pub ldaps: String,
    /// The certificate of the authority that signed its own.
    pub ca: String,
    _running: Running,
}

/// The server. `Err` says why there is none here.
pub fn slapd() -> Result<&'static Slapd, String> {
    static SLAPD: OnceLock<Result<Slapd, String>> = OnceLock::new();
    SLAPD.get_or_init(start).as_ref().map_err(Clone::clone)
}

const SCHEMA: [&str; 4] = ["core", "cosine", "nis", "inetorgperson"];

fn start() -> Result<Slapd, String> {
    for program in ["/usr/sbin/slapd", "/usr/sbin/slapadd", "/usr/bin/ldapsearch"] {
        if !Path::new(program).exists() {
            return Err(format!("{program} is missing (tests/run installs it)"));
        }
    }
    let (folder, host) = (folder("slapd"), own_address(89));
    let authority = Authority::new();
    authority.equip(&folder, &[&host]);
    let at = folder.display();
    let mut settings: String = SCHEMA.map(|name| format!("include /etc/ldap/schema/{name}.schema\n")).concat();
    let _ = write!(
        settings,
        "modulepath /usr/lib/ldap\nmoduleload back_mdb\n\
         TLSCACertificateFile {at}/ca.pem\nTLSCertificateFile {at}/certificate.pem\nTLSCertificateKeyFile {at}/key.pem\n\
         sizelimit size.soft=100 size.hard=100 size.pr=150 size.prtotal=unlimited\n\
         database mdb\nsuffix \"{BASE}\"\nrootdn \"cn=admin,{BASE}\"\ndirectory {at}/db\n\
         access to dn.subtree=\"ou=hidden,{BASE}\" by * none\n\
         access to attrs=userPassword by anonymous auth\naccess to * by users read by anonymous auth\n"
    );
    let (configuration, load) = (folder.join("slapd.conf"), folder.join("load.ldif"));
    let (configuration, load) = (configuration.to_str().unwrap(), load.to_str().unwrap());
    std::fs::write(configuration, settings).unwrap();
    std::fs::write(load, everything()).unwrap();
    std::fs::create_dir(folder.join("db")).unwrap();
    run_to_end("/usr/sbin/slapadd", &["-q", "-f", configuration, "-l", load]);
    let (ldap, ldaps) = (format!("ldap://{host}:3890"), format!("ldaps://{host}:6360"));
    let urls = format!("{ldap} {ldaps}");
    let running = Running::start(&ldap, &folder, &["/usr/sbin/slapd", "-d", "0", "-h", &urls, "-f", configuration]);
    Ok(Slapd { ldap, ldaps, ca: authority.pem(), _running: running })
}

/// The DN of a person.
pub fn person(uid: &str) -> String {
    format!("uid={uid},ou=people,{BASE}")
}

fn everything() -> String {
    let mut text = ldif(BASE, &[("objectClass", "dcObject"), ("objectClass", "organization"), ("o", "Acme")]);
    let reader = [("objectClass", "person"), ("cn", "reader"), ("sn", "reader"), ("userPassword", SECRET)];
    text += &ldif(READER, &reader);
    for unit in ["people", "groups", "elsewhere"] {
        text += &ldif(&format!("ou={unit},{BASE}"), &[("objectClass", "organizationalUnit")]);
    }
    let add = |dn: &str, uid: &str, more: &[(&str, &str)]| {
        let mut all = vec![("objectClass", "inetOrgPerson"), ("uid", uid), ("cn", uid), ("sn", "Smith")];
        all.extend_from_slice(more);
        ldif(dn, &all)
    };
    for n in 0..STAFF {
        let (uid, mail) = (format!("s{n:03}"), format!("s{n:03}@acme.test"));
        text += &add(&person(&uid), &uid, &[("mail", &mail), ("givenName", "Sam")]);
    }
    text += &add(&person("mute"), "mute", &[]);
    text += &add(
        &format!("cn=Doe\\, Jane,ou=people,{BASE}"),
        "jane",
        &[("mail", "jane@acme.test"), ("displayName", "Jane Doe")],
    );
    text += &add(&format!("uid=far,ou=elsewhere,{BASE}"), "far", &[("mail", "far@acme.test")]);
    let staff: Vec<String> = (0..STAFF).map(|n| person(&format!("s{n:03}"))).collect();
    let group = |cn: &str, class: &str, attribute: &str, members: &[String]| {
        let mut all = vec![("objectClass", class), ("cn", cn)];
        if class == "posixGroup" {
            all.push(("gidNumber", "1000"));
        }
        all.extend(members.iter().map(|member| (attribute, member.as_str())));
        ldif(&format!("cn={},ou=groups,{BASE}", ldap3::dn_escape(cn)), &all)
    };
    text += &group("staff", "groupOfNames", "member", &staff);
    let of = |cn: &str| format!("cn={cn},ou=groups,{BASE}");
    let all = [
        of("staff"),
        of("ops"),
        "UID=MUTE, ou=People,DC=acme,dc=test".to_owned(),
        format!("cn=Doe\\2c Jane,ou=people,{BASE}"),
    ];
    text += &group("all", "groupOfNames", "member", &all);
    text += &group("ops", "groupOfUniqueNames", "uniqueMember", &[person("s001"), of("all"), person("ghost")]);
    text += &group("unix", "posixGroup", "memberUid", &["s002".to_owned(), "far".to_owned(), "ghost".to_owned()]);
    text += &group("*)(uid=*", "groupOfNames", "member", &[person("s003")]);
    text
}
