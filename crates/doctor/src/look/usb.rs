//! Readers as the kernel sees them: what is plugged in, and why pcscd does not have it.
//!
//! Everything stands below `/sys/bus/usb/devices`, for everybody to read: a device by its port (`1-2`), each of its interfaces beside
//! it (`1-2:1.0`).

use crate::{
    Surroundings,
    notes::{Notes, said},
    table::{READER_CCID, READER_DRIVER, READER_KERNEL_DRIVER},
};
use shirushi_rules::InBoth;
use std::{collections::BTreeSet, fs, path::Path};

/// The USB class of smart card readers that speak CCID (bInterfaceClass 0B).
const CCID: &str = "0b";
/// How the kernel calls that pcscd, or another program, has taken an interface.
const BY_A_PROGRAM: &str = "usbfs";
/// Drivers of the kernel's for NFC, which leave nothing for PC/SC.
const NFC: [&str; 2] = ["pn533_usb", "port100"];
/// Sony's RC-S380/S and RC-S380/P, which are no CCID readers, whoever holds them.
const NEVER_CCID: [(&str, &str); 2] = [("054c", "06c1"), ("054c", "06c3")];
/// Advanced Card Systems, whose newer readers are in the list of their own driver only.
const ACS: &str = "072f";
/// Where pcscd's drivers are.
const DRIVERS: [&str; 2] = ["/usr/lib/pcsc/drivers", "/usr/lib64/pcsc/drivers"];
/// The longest Info.plist that is read, in bytes; libccid's has 60 thousand.
const LONGEST: u64 = 4 << 20;

/// A device that is a reader, or would be one.
struct Device {
    vendor: String,
    product: String,
    /// What it calls itself, with its numbers.
    name: String,
    /// The kernel's driver of its CCID interface; none without such an interface.
    ccid: Option<Option<String>>,
    /// The kernel's drivers for NFC that hold any of its interfaces.
    nfc: Option<&'static str>,
}

/// Looks whether what is plugged in can be a reader. `has_readers` says whether pcscd knows of any; where it does, what is wrong with
/// another is a warning. Gives whether a fault was found.
pub(crate) fn look(surroundings: &Surroundings, has_readers: bool, notes: &mut Notes) -> bool {
    let Some(devices) = devices(surroundings) else {
        notes.not_concerned(
            &[&READER_KERNEL_DRIVER, &READER_CCID, &READER_DRIVER],
            &said("ここからUSBは見えません", "USB cannot be seen from here"),
        );
        return false;
    };
    let names = |wanted: &dyn Fn(&&Device) -> bool| {
        let names: Vec<&str> = devices
            .iter()
            .filter(wanted)
            .map(|device| device.name.as_str())
            .collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    let mut found = Found {
        notes,
        has_readers,
        is_fault: false,
    };

    let held = devices.iter().find_map(|device| {
        let driver = device.ccid.clone()??;
        (driver != BY_A_PROGRAM).then_some((device, driver))
    });
    match held {
        Some((device, driver)) => {
            let seen = said(
                format!("カーネルの{driver}が「{}」を使っています", device.name),
                format!("The kernel's {driver} holds {:?}", device.name),
            );
            let facts = [("driver", driver.as_str().into())];
            found.wrong(&READER_KERNEL_DRIVER, seen, &facts);
        }
        None => found
            .notes
            .ok(&READER_KERNEL_DRIVER, none_such()),
    }

    let is_no_ccid = |device: &&Device| {
        device.ccid.is_none()
            && (device.nfc.is_some()
                || NEVER_CCID.contains(&(device.vendor.as_str(), device.product.as_str())))
    };
    match names(&is_no_ccid) {
        Some(names) => {
            let seen = said(
                format!("「{names}」はCCIDのリーダーではありません"),
                format!("{names:?} does not speak CCID"),
            );
            let facts = [("reader", names.as_str().into())];
            found.wrong(&READER_CCID, seen, &facts);
        }
        None => found
            .notes
            .ok(&READER_CCID, none_such()),
    }

    let listed = listed(surroundings);
    let is_unknown = |device: &&Device| {
        device.ccid.is_some() && !listed.contains(&(device.vendor.clone(), device.product.clone()))
    };
    // pcscd may take one that is in no list by its class: who has readers is not told that one of them cannot work.
    match devices.iter().find(is_unknown) {
        Some(device) if !has_readers => {
            let package = match device.vendor == ACS {
                true => "libacsccid1",
                false => "libccid",
            };
            let seen = said(
                format!("pcscdのドライバーの一覧に「{}」がありません", device.name),
                format!("No driver of pcscd's lists {:?}", device.name),
            );
            found.wrong(&READER_DRIVER, seen, &[("package", package.into())]);
        }
        _ => {
            let seen = match names(&|device| device.ccid.is_some()) {
                Some(names) => said(names.clone(), names),
                None => none_such(),
            };
            found.notes.ok(&READER_DRIVER, seen);
        }
    }
    found.is_fault
}

struct Found<'n> {
    notes: &'n mut Notes,
    has_readers: bool,
    is_fault: bool,
}

impl Found<'_> {
    fn wrong(
        &mut self,
        check: &'static crate::Check,
        seen: InBoth,
        facts: crate::notes::Facts<'_>,
    ) {
        if self.has_readers {
            self.notes.warn(check, seen, facts);
        } else {
            self.notes.fault(check, seen, facts);
            self.is_fault = true;
        }
    }
}

fn none_such() -> InBoth {
    said(
        "USBに、そのようなリーダーはありません",
        "There is no such reader on USB",
    )
}

/// What could be a reader, in the order of the ports; none where USB cannot be seen.
fn devices(surroundings: &Surroundings) -> Option<Vec<Device>> {
    let folder = surroundings.at("/sys/bus/usb/devices");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .ok()?
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    let devices = names
        .iter()
        .filter(|name| !name.contains(':'))
        .filter_map(|port| {
            let device = folder.join(port);
            let (vendor, product) = (word(&device, "idVendor")?, word(&device, "idProduct")?);
            let mut ccid = None;
            let mut nfc = None;
            for interface in names
                .iter()
                .filter(|name| name.starts_with(&format!("{port}:")))
            {
                let interface = folder.join(interface);
                let driver = driver(&interface);
                nfc = nfc.or(NFC
                    .into_iter()
                    .find(|nfc| driver.as_deref() == Some(nfc)));
                if word(&interface, "bInterfaceClass").as_deref() == Some(CCID) {
                    ccid = ccid.or(Some(driver));
                }
            }
            let called = word_as_it_is(&device, "product").unwrap_or_default();
            let name = format!("{called} ({vendor}:{product})")
                .trim_start()
                .to_owned();
            let is_known = NEVER_CCID.contains(&(vendor.as_str(), product.as_str()));
            (ccid.is_some() || nfc.is_some() || is_known).then_some(Device {
                vendor,
                product,
                name,
                ccid,
                nfc,
            })
        })
        .collect();
    Some(devices)
}

/// The driver that has taken an interface.
fn driver(interface: &Path) -> Option<String> {
    fs::read_link(interface.join("driver"))
        .ok()?
        .file_name()?
        .to_str()
        .map(str::to_owned)
}

/// What stands in a file of the kernel's, in small letters.
fn word(folder: &Path, file: &str) -> Option<String> {
    word_as_it_is(folder, file).map(|word| word.to_ascii_lowercase())
}

/// The same as it is; characters that would move the cursor are left out, for a device may call itself anything.
fn word_as_it_is(folder: &Path, file: &str) -> Option<String> {
    let bytes = fs::read(folder.join(file)).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let text: String = text
        .trim()
        .chars()
        .filter(|c| !c.is_control())
        .collect();
    (!text.is_empty()).then_some(text)
}

/// Vendor and product of every reader that an installed driver lists (`ifdVendorID` and `ifdProductID` of its Info.plist).
fn listed(surroundings: &Surroundings) -> BTreeSet<(String, String)> {
    DRIVERS
        .into_iter()
        .flat_map(|folder| super::entries(&surroundings.at(folder), "bundle"))
        .filter_map(|bundle| {
            let file = bundle.join("Contents/Info.plist");
            let length = fs::metadata(&file).ok()?.len();
            (length <= LONGEST).then_some(())?;
            fs::read_to_string(file).ok()
        })
        .flat_map(|plist| {
            let plist = without_comments(&plist);
            let vendors = array(&plist, "ifdVendorID");
            let products = array(&plist, "ifdProductID");
            vendors
                .into_iter()
                .zip(products)
                .collect::<Vec<_>>()
        })
        .collect()
}

/// The strings of an array in a property list, numbers as sysfs writes them: `0x072F` as `072f`.
fn array(plist: &str, key: &str) -> Vec<String> {
    let Some((_, rest)) = plist.split_once(&format!("<key>{key}</key>")) else {
        return Vec::new();
    };
    let list = rest
        .split_once("</array>")
        .map_or(rest, |(list, _)| list);
    list.split("<string>")
        .skip(1)
        .filter_map(|part| part.split_once("</string>"))
        .map(|(value, _)| {
            let value = value.trim().to_ascii_lowercase();
            value
                .strip_prefix("0x")
                .unwrap_or(&value)
                .to_owned()
        })
        .collect()
}

fn without_comments(text: &str) -> String {
    let mut parts = text.split("<!--");
    let mut kept = parts
        .next()
        .unwrap_or_default()
        .to_owned();
    for part in parts {
        if let Some((_, after)) = part.split_once("-->") {
            kept.push_str(after);
        }
    }
    kept
}
