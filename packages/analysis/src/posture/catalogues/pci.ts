import { type Catalogue, requirementsOf } from "./requirement.ts";

/** The numbered requirements of PCI DSS for all entities; the appendices are left out. */
export const pci: Catalogue = {
  note: "a machine's requirement is answered for what the cluster holds, not for the whole card data environment; the appendices are left out",
  requirements: requirementsOf(`
1.1.1  *Procedures for network controls are written and used
1.1.2  *Roles for network controls are given
1.2.1  *Standards for network controls are set and kept
1.2.2  *Changes of networks go through change control
1.2.3  *A diagram of the network is kept true
1.2.4  *A diagram of where card data flows is kept true
1.2.5  *Ports, protocols and services are known and needed
1.2.6  *Insecure services that are needed have safeguards
1.2.7  *Network rules are reviewed twice a year
1.2.8  *Configuration of network controls is safe and true
1.3.1  What goes into the card data environment is bounded
1.3.2  What leaves the card data environment is bounded
1.3.3  *Wireless networks are held apart
1.4.1  *Controls stand between trusted and untrusted networks
1.4.2  From untrusted networks only to what is meant to be public
1.4.3  Forged addresses are stopped
1.4.4  Stored card data is not reached from untrusted networks directly
1.4.5  *Internal addresses are told only to whom they concern
1.5.1  *Devices that join two networks have controls
2.1.1  *Procedures for secure settings are written and used
2.1.2  *Roles for secure settings are given
2.2.1  *Secure settings are set, kept and cover what is known
2.2.2  Vendors' default accounts are managed
2.2.3  Functions of unequal security are held apart
2.2.4  *Only what is needed runs
2.2.5  *Insecure services that are needed are justified and guarded
2.2.6  *Security settings prevent misuse
2.2.7  Administration from afar is encrypted
2.3.1  *Wireless defaults are changed
2.3.2  *Wireless keys change when they should
3.1.1  *Procedures for stored card data are written and used
3.1.2  *Roles for stored card data are given
3.2.1  *Card data is kept as little and as short as can be
3.3.1  *Authentication data is not kept after authorization
3.3.1.1  *The full track is not kept
3.3.1.2  *The card's printed code is not kept
3.3.1.3  *PINs are not kept
3.3.2  *Authentication data before authorization is encrypted
3.3.3  *Issuers keep only what they must, encrypted
3.4.1  *Card numbers are masked when shown
3.4.2  *Card numbers are not copied by those who work from afar
3.5.1  *Stored card numbers cannot be read
3.5.1.1  *Hashes of card numbers are keyed
3.5.1.2  *Disk encryption alone only where it suffices
3.5.1.3  *Access to encrypted disks is apart from the system's
3.6.1  *Keys are guarded by procedures
3.6.1.1  *Service providers describe their cryptography
3.6.1.2  *Keys are stored in one of the named forms
3.6.1.3  *Few people reach keys in the clear
3.6.1.4  *Keys are in as few places as can be
3.7.1  *Strong keys are made
3.7.2  *Keys are handed out safely
3.7.3  *Keys are stored safely
3.7.4  *Keys change when their time is over
3.7.5  *Keys are retired or replaced when weak
3.7.6  *Manual key work is split between people
3.7.7  *Keys are not exchanged without leave
3.7.8  *Key custodians say that they know their duties
3.7.9  *Service providers guide customers on keys
4.1.1  *Procedures for data in transit are written and used
4.1.2  *Roles for data in transit are given
4.2.1  *Strong cryptography in transit, with valid certificates
4.2.1.1  *Trusted keys and certificates are listed
4.2.1.2  *Wireless networks use strong cryptography
4.2.2  *Card numbers in messages are encrypted
5.1.1  *Procedures against malware are written and used
5.1.2  *Roles against malware are given
5.2.1  Protection against malware is deployed
5.2.2  Protection against malware finds and stops what is known
5.2.3  *Systems thought safe from malware are looked at again
5.2.3.1  *How often is set by a risk analysis
5.3.1  *Protection against malware updates itself
5.3.2  *Malware is looked for regularly or always
5.3.2.1  *How often is set by a risk analysis
5.3.3  *Removable media are scanned
5.3.4  *Records of the protection are kept
5.3.5  *Users cannot switch the protection off
5.4.1  *Staff is guarded against phishing
6.1.1  *Procedures for secure software are written and used
6.1.2  *Roles for secure software are given
6.2.1  *Own software is developed securely
6.2.2  *Developers are trained each year
6.2.3  *Own code is reviewed before release
6.2.3.1  *Reviews by hand are by others and approved
6.2.4  *Usual attacks are designed against
6.3.1  *Vulnerabilities are found out and ranked
6.3.2  *Components of own software are listed
6.3.3  Fixes are put in in time
6.4.1  *Public web applications are reviewed or shielded
6.4.2  *Attacks on web applications are stopped by a machine
6.4.3  *Scripts of payment pages are known and checked
6.5.1  *Changes go through a procedure
6.5.2  *After large changes everything is as required
6.5.3  Other environments are held apart from production
6.5.4  *Duties are apart in production and before it
6.5.5  *Live card numbers are not in other environments
6.5.6  *Test data and accounts go before production
7.1.1  *Procedures for access are written and used
7.1.2  *Roles for access are given
7.2.1  *There is a model of who needs what
7.2.2  *Rights follow the job and are least
7.2.3  *Rights are approved
7.2.4  *Accounts and rights are reviewed twice a year
7.2.5  *Applications' accounts have least rights
7.2.5.1  *Applications' accounts are reviewed
7.2.6  *Queries on stored card data go through programs
7.3.1  An access control system covers everything
7.3.2  The access control system enforces what was given
7.3.3  The access control system denies by default
8.1.1  *Procedures for identities are written and used
8.1.2  *Roles for identities are given
8.2.1  *Every user has an identity of his own
8.2.2  *Shared accounts are an exception, justified
8.2.3  *Providers have separate credentials for each customer
8.2.4  *Identities come, change and go with leave
8.2.5  *Those who left have no access at once
8.2.6  *Accounts unused for 90 days go
8.2.7  *Vendors' access is on only when needed, and watched
8.2.8  *Sessions idle for 15 minutes ask again
8.3.1  *Every access has a factor of authentication
8.3.2  Factors are unreadable in transit and at rest
8.3.3  *Identity is verified before a factor is changed
8.3.4  *Wrong tries lock out
8.3.5  *First passwords are of one's own and changed
8.3.6  *Passwords are long enough
8.3.7  *Old passwords are not used again
8.3.8  *Users are told how to guard factors
8.3.9  *Passwords alone change, or access is judged live
8.3.10  *Providers' customers are told to change passwords
8.3.10.1  *Providers' customers' passwords change, or access is judged live
8.3.11  *Tokens and certificates belong to one person
8.4.1  *Administrators use several factors
8.4.2  *Everybody uses several factors for card data
8.4.3  *Access from afar uses several factors
8.5.1  *Several factors cannot be replayed or bypassed
8.6.1  *Interactive use of system accounts is an exception
8.6.2  *No passwords of system accounts in code and settings
8.6.3  *Passwords of system accounts are guarded and change
9.1.1  *Procedures for physical access are written and used
9.1.2  *Roles for physical access are given
9.2.1  *Entry to systems is controlled
9.2.1.1  *Sensitive rooms are watched
9.2.2  *Public network sockets are controlled
9.2.3  *Network hardware is out of reach
9.2.4  *Consoles in sensitive rooms are locked
9.3.1  *Staff's physical access is managed
9.3.1.1  *Access to sensitive rooms is given by need
9.3.2  *Visitors are managed
9.3.3  *Visitors' badges are given back
9.3.4  *Visits are recorded
9.4.1  *Media with card data are secured
9.4.1.1  *Backups offline are in a safe place
9.4.1.2  *The place of backups is reviewed each year
9.4.2  *Media are classified
9.4.3  *Media sent out are secured
9.4.4  *Media leave with leave of management
9.4.5  *Electronic media are listed
9.4.5.1  *The list of media is checked each year
9.4.6  *Paper with card data is destroyed
9.4.7  *Electronic media are destroyed
9.5.1  *Card readers are guarded against tampering
9.5.1.1  *Card readers are listed
9.5.1.2  *Card readers are inspected
9.5.1.2.1  *How often is set by a risk analysis
9.5.1.3  *Staff is trained to notice tampering
10.1.1  *Procedures for logs are written and used
10.1.2  *Roles for logs are given
10.2.1  Audit logs are on
10.2.1.1  Logs have individual access to card data
10.2.1.2  Logs have what administrators do
10.2.1.3  Logs have access to the logs
10.2.1.4  Logs have failed logins
10.2.1.5  Logs have changes of credentials
10.2.1.6  Logs have starts and stops of logging
10.2.1.7  Logs have system objects made and deleted
10.2.2  Log entries have who, what, when, where and how it came out
10.3.1  *Few may read logs
10.3.2  Logs cannot be changed
10.3.3  Logs are copied elsewhere soon
10.3.4  Changes of logs are noticed
10.4.1  *Logs are reviewed each day
10.4.1.1  *Reviews of logs are by machine
10.4.2  *Other logs are reviewed regularly
10.4.2.1  *How often is set by a risk analysis
10.4.3  *What reviews find is followed up
10.5.1  Logs are kept twelve months
10.6.1  Clocks are kept in step
10.6.2  Clocks have one right source
10.6.3  Time settings are guarded
10.7.1  *Providers notice failing controls
10.7.2  *Failing controls are noticed
10.7.3  *Failing controls are answered
11.1.1  *Procedures for tests are written and used
11.1.2  *Roles for tests are given
11.2.1  *Wireless access points are looked for
11.2.2  *Wireless access points are listed
11.3.1  *Internal vulnerability scans are made
11.3.1.1  *Lesser vulnerabilities are handled by risk
11.3.1.2  *Internal scans log in
11.3.1.3  *Internal scans follow large changes
11.3.2  *External scans by an approved vendor
11.3.2.1  *External scans follow large changes
11.4.1  *There is a method for penetration tests
11.4.2  *Internal penetration tests each year
11.4.3  *External penetration tests each year
11.4.4  *What penetration tests find is mended
11.4.5  *Segmentation is tested each year
11.4.6  *Providers test segmentation twice a year
11.4.7  *Providers support customers' tests
11.5.1  Intrusions are noticed or stopped
11.5.1.1  *Providers notice hidden channels of malware
11.5.2  Changes of files are noticed
11.6.1  *Changes of payment pages are noticed
12.1.1  *There is a security policy
12.1.2  *The policy is reviewed each year
12.1.3  *The policy gives roles
12.1.4  *Somebody is responsible for security
12.2.1  *Acceptable use is written
12.3.1  *Risk analyses set how often
12.3.2  *Customized approaches have a risk analysis
12.3.3  *Cryptography in use is listed and reviewed
12.3.4  *Hardware and software in use are reviewed for their support
12.4.1  *Providers' management is responsible
12.4.2  *Providers review duties each quarter
12.4.2.1  *Providers document those reviews
12.5.1  *Systems in scope are listed
12.5.2  *The scope is confirmed each year
12.5.2.1  *Providers confirm the scope twice a year
12.5.3  *Providers review scope when they reorganize
12.6.1  *There is a programme of awareness
12.6.2  *The programme is reviewed each year
12.6.3  *Staff is trained
12.6.3.1  *Training has threats such as phishing
12.6.3.2  *Training has acceptable use
12.7.1  *Staff is screened
12.8.1  *Providers are listed
12.8.2  *Providers agree in writing
12.8.3  *Providers are chosen with care
12.8.4  *Providers' standing is watched
12.8.5  *Who answers for what is known
12.9.1  *Providers say what they answer for
12.9.2  *Providers tell customers how they stand
12.10.1  *There is a plan for incidents
12.10.2  *The plan is tested each year
12.10.3  *Somebody answers around the clock
12.10.4  *Those who answer are trained
12.10.4.1  *How often is set by a risk analysis
12.10.5  *The plan has what systems alert of
12.10.6  *The plan learns
12.10.7  *Card numbers found astray are handled
`),
};
