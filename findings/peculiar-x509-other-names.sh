#!/usr/bin/env bash
# @peculiar/x509 2.2.0 (npm): names of a subjectAltName that are otherName are left out without a word.
#
# Certificates of public-key services put what a person is called into otherName (RFC 5280 §4.2.1.6): JPKI's signature certificate has
# name, sex, birth date and address there and nothing else, smart-card log-in of Windows has the account. The certificate here has two
# otherName and a mail address.
#
# Seen: `SubjectAlternativeNameExtension.names` has one item, the mail address; of a certificate with the otherNames alone it has none, and
# the text of the certificate shows the extension without content. No error, no type "unknown", no raw value; node's own crypto tells all
# three. Expected: an item of each, be it with the octets alone, or an error.
#
# So whoever looks for a person in such a certificate reads the extension's value (`rawData`) by an ASN.1 library.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --before 2026-11-30 @peculiar/x509@2.2.0 reflect-metadata@0.2.2
node --version

# certificate NAME OTHERS...: one whose subjectAltName has these.
certificate() {
    local name=$1
    shift
    { printf '[req]\ndistinguished_name=dn\n[dn]\n[v]\nsubjectAltName=@names\n[names]\n' && printf '%s\n' "$@"; } >settings
    openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out "$name.pem" -days 3 -subj /CN=Invented -config settings \
        -extensions v 2>/dev/null
}
person=('otherName.1=1.2.392.200149.8.5.5.1;UTF8:Taro Invented' 'otherName.2=1.2.392.200149.8.5.5.4;UTF8:3 1980217')
certificate three "${person[@]}" email.1=taro@example.jp
certificate two "${person[@]}"

cat >read.mjs <<'JS'
import "reflect-metadata";
import { SubjectAlternativeNameExtension, X509Certificate } from "@peculiar/x509";
import { X509Certificate as OfNode } from "node:crypto";
import { readFileSync } from "node:fs";

const pem = readFileSync(process.argv[2], "utf8");
const names = new X509Certificate(pem).getExtension(SubjectAlternativeNameExtension).names.items;
console.log(names.map((name) => name.type).join(" ") || "none", "of", new OfNode(pem).subjectAltName.split(", ").length);
JS

wrong=0
is() {
    printf '%-60s %s\n' "$1" "$3"
    [[ $2 == "$3" ]] || { echo "  that was: $2"; wrong=1; }
}
is "two otherName and a mail address" "email of 3" "$(node read.mjs three.pem)"
is "two otherName" "none of 2" "$(node read.mjs two.pem)"
exit "$wrong"
