#!/usr/bin/env bash
# How the inputs named `own-*` here were made, on 2026-11-30, with OpenSSL 3.0: an authority with the profile of a signature
# certificate, and signatures that are wrong in one respect each. Everything is invented; the keys are thrown away.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat > openssl.cnf <<'END'
[req]
distinguished_name = dn
prompt = no
[dn]
C = JP
O = Bug Trials
OU = Own CA
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[sub]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[leaf]
keyUsage = critical,digitalSignature,nonRepudiation
certificatePolicies = critical,1.2.392.200149.8.5.1.0.20
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[ca]
default_ca = root_ca
[root_ca]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
certificate = own-ca.pem
private_key = own-ca.key
default_days = 3000
default_crl_days = 3000
unique_subject = no
[sub_ca]
database = sub-index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
certificate = own-sub.pem
private_key = own-sub.key
default_days = 3000
default_crl_days = 3000
unique_subject = no
[any]
countryName = optional
organizationName = optional
organizationalUnitName = optional
commonName = optional
END
touch index.txt sub-index.txt; echo 1001 > serial; cp "$here/letter.txt" .
export OPENSSL_CONF=$work/openssl.cnf

openssl req -x509 -newkey rsa:2048 -nodes -keyout own-ca.key -out own-ca.pem -days 7000 -extensions root
# name, kind of key, section, CA, further options of `openssl ca`
issue() {
    local name=$1 kind=$2 section=$3 ca=$4; shift 4
    openssl genpkey -algorithm "${kind%%:*}" -pkeyopt "${kind#*:}" -out "$name.key"
    openssl req -new -key "$name.key" -subj "/C=JP/O=Bug Trials/CN=$name" -out "$name.csr"
    openssl ca -batch -notext -name "$ca" -in "$name.csr" -extensions "$section" -out "$name.pem" "$@"
}
sign() { # name, further options
    local name=$1; shift
    openssl cms -sign -binary -cades -md sha256 -in letter.txt -signer "$name.pem" -inkey "$name.key" -outform DER -out "$name.p7s" "$@"
}
rsa=RSA:rsa_keygen_bits:2048
issue own-signer $rsa leaf root_ca; sign own-signer
issue own-ended $rsa leaf root_ca -startdate 20261101000000Z -enddate 20261120000000Z; sign own-ended
issue own-not-yet $rsa leaf root_ca -startdate 20400101000000Z -enddate 20450101000000Z; sign own-not-yet
issue own-short-key RSA:rsa_keygen_bits:1024 leaf root_ca; sign own-short-key
cp own-signer.pem own-pss.pem; cp own-signer.key own-pss.key; sign own-pss -keyopt rsa_padding_mode:pss
issue own-two $rsa leaf root_ca; sign own-two -signer own-signer.pem -inkey own-signer.key
issue own-sub $rsa sub root_ca
issue own-below $rsa leaf sub_ca; sign own-below -certfile own-sub.pem
openssl ca -name root_ca -gencrl | openssl crl -outform DER -out own.crl
openssl ca -name sub_ca -gencrl | openssl crl -outform DER -out own-sub.crl
# Revocations of the past, which `openssl ca` does not make: written into its index.
serial() { openssl x509 -in "$1.pem" -noout -serial | cut -d= -f2; }
cp index.txt kept
revoked() { # name of the list, serial, time and reason
    awk -F'\t' -v OFS='\t' -v s="$2" -v r="$3" '$4==s{$1="R";$3=r}{print}' kept > index.txt
    openssl ca -name root_ca -gencrl | openssl crl -outform DER -out "$1"
    cp kept index.txt
}
revoked own-revoked.crl "$(serial own-signer)" 261120000000Z,keyCompromise
revoked own-on-hold.crl "$(serial own-signer)" 261120000000Z,holdInstruction,holdInstructionReject
revoked own-sub-revoked.crl "$(serial own-sub)" 261120000000Z,CACompromise
# An authority of the same name and key identifier, and another key.
ski=$(openssl x509 -in own-ca.pem -noout -ext subjectKeyIdentifier | tail -1 | tr -d ' :')
mv own-ca.key kept.key; mv own-ca.pem kept.pem
sed -i "/^\[root\]/,/^\[sub\]/s/= hash/= $ski/" openssl.cnf
openssl req -x509 -newkey rsa:2048 -nodes -keyout own-ca.key -out own-ca.pem -days 7000 -extensions root
issue own-forged $rsa leaf root_ca; sign own-forged
mv kept.pem own-ca.pem
cp own-ca.pem own-*.p7s own*.crl "$here/"
