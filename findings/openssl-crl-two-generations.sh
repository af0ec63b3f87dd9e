#!/usr/bin/env bash
# OpenSSL 3.0.20 (Debian 12): `openssl crl -CAfile` takes the first authority of the list's issuer name, whatever the key identifier says.
#
# Authorities of public-key services renew their key under the same name (RFC 5280 §4.2.1.1; JPKI's do): the authorityKeyIdentifier says
# which key signed. Here two generations have one name, and each signs a revocation list that names its own key.
#
# Seen: with both certificates in one -CAfile, `openssl crl` says "verify OK" of the list of the one that stands first and "verify
# failure" of the other's; with the file turned round it is the other way round. `openssl verify -crl_check`, given the same file and both
# lists, finds the right ones. Expected: that `crl` looks for the key that the list names, as `verify` does.
#
# So whoever checks lists with `openssl crl` gives it each generation by itself.
set -euo pipefail

VERSION=3.0.20-1~deb12u2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# The program and its libraries, unpacked here and not installed.
apt-get download -qq "openssl=$VERSION" "libssl3=$VERSION"
for package in ./*.deb; do dpkg-deb -x "$package" unpacked; done
openssl() {
    LD_LIBRARY_PATH=$(dirname "$(find "$folder/unpacked" -name libcrypto.so.3)") "$folder/unpacked/usr/bin/openssl" "$@"
}
openssl version

for generation in 1 2; do
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "key$generation.pem" -out "ca$generation.pem" -days 30 \
        -subj /C=JP/O=Invented/CN=Authority -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
    : >index
    echo 01 >"number$generation"
    printf '%s\n' '[ca]' 'default_ca=one' '[one]' 'database=index' "crlnumber=number$generation" 'default_md=sha256' \
        'default_crl_days=7' 'crl_extensions=named' '[named]' 'authorityKeyIdentifier=keyid:always' >settings
    openssl ca -gencrl -config settings -keyfile "key$generation.pem" -cert "ca$generation.pem" -out "list$generation.pem" 2>/dev/null
done
cat ca1.pem ca2.pem >12.pem
cat ca2.pem ca1.pem >21.pem

# says FILE LIST: what `openssl crl` says of a list.
says() {
    openssl crl -in "list$2.pem" -CAfile "$1.pem" -noout 2>&1
}

wrong=0
is() {
    printf '%-60s %s\n' "$1" "$3"
    [[ $2 == "$3" ]] || { echo "  that was: $2"; wrong=1; }
}
is "list 1, -CAfile of generation 1 alone" "verify OK" "$(says ca1 1)"
is "list 2, -CAfile of generation 2 alone" "verify OK" "$(says ca2 2)"
is "list 1, generation 1 first in the file" "verify OK" "$(says 12 1)"
is "list 2, generation 1 first in the file" "verify failure" "$(says 12 2)"
is "list 1, generation 2 first in the file" "verify failure" "$(says 21 1)"
is "list 2, generation 2 first in the file" "verify OK" "$(says 21 2)"

# A certificate of the second generation, by the same file and both lists.
openssl req -newkey rsa:2048 -nodes -keyout key.pem -subj /CN=Holder -out request.pem 2>/dev/null
echo authorityKeyIdentifier=keyid:always >extensions
openssl x509 -req -in request.pem -CA ca2.pem -CAkey key2.pem -set_serial 5 -days 9 -extfile extensions -out holder.pem 2>/dev/null
cat list1.pem list2.pem >lists.pem
is "openssl verify -crl_check, the same file and both lists" "holder.pem: OK" \
    "$(openssl verify -CAfile 12.pem -CRLfile lists.pem -crl_check holder.pem 2>&1)"
exit "$wrong"
