#!/usr/bin/env bash
# p11-kit 0.24.1 (Debian 12): a token handed on by its server has no RSA-PSS with a digest in it (CKM_SHA256_RSA_PKCS_PSS and its like).
#
# p11-kit's server gives a PKCS #11 module to another machine or into a sandbox, where p11-kit-client.so stands for it. A program that
# wants RSA-PSS, as TLS 1.3 does, may give the token a digest (CKM_RSA_PKCS_PSS) or the content (CKM_SHA256_RSA_PKCS_PSS; PKCS #11 v2.40,
# mechanisms, §2.1). The token here is SoftHSM's, which has both, with each digest.
#
# Seen: by the client the token's list has none of the five mechanisms that hash first, nor SHA224 with PKCS #1 v1.5, and C_SignInit with
# one says CKR_MECHANISM_INVALID, which no token gave: it is not asked. CKM_RSA_PKCS_PSS passes, with the same parameters, and its
# signature is good. Expected: that mechanisms whose parameters are the same pass together. The client's list does name what passes and no more.
#
# So whoever may meet a token that is handed on looks in its list, and hashes by himself where it has CKM_RSA_PKCS_PSS alone. (Upstream
# knows of the like for newer mechanisms: github.com/p11-glue/p11-kit/issues/630.)
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server" || true; rm -rf "$folder"' EXIT
cd "$folder"

# The programs, unpacked here and not installed; what they are linked with is Debian's own.
apt-get download -qq -o APT::Sandbox::User=root p11-kit{,-modules}=0.24.1-2 libp11-kit0=0.24.1-2 softhsm2{,-common}=2.6.1-2.1 \
    libsofthsm2=2.6.1-2.1 opensc{,-pkcs11}=0.23.0-0.3+deb12u2
for package in ./*.deb; do dpkg-deb -x "$package" unpacked; done
programs=$folder/unpacked/usr
module=$programs/lib/softhsm/libsofthsm2.so
client=$(find "$programs" -name p11-kit-client.so)
libraries=$(dirname "$(find "$programs" -name libp11-kit.so.0)")
tool() {
    LD_LIBRARY_PATH=$libraries "$programs/bin/pkcs11-tool" "$@"
}
for package in ./p11-kit_*.deb ./softhsm2_*.deb; do dpkg-deb --show "$package"; done

# A token with a key.
mkdir tokens
printf 'directories.tokendir = %s\n' "$folder/tokens" >softhsm2.conf
export SOFTHSM2_CONF=$folder/softhsm2.conf
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem 2>/dev/null
openssl pkey -in key.pem -pubout -out public.pem
"$programs/bin/softhsm2-util" --module "$module" --init-token --free --label invented --pin 1234 --so-pin 12345678 >said
"$programs/bin/softhsm2-util" --module "$module" --import key.pem --token invented --pin 1234 --id 01 --label invented >said

# The server goes into the background by itself, and names its process and its socket.
LD_LIBRARY_PATH=$libraries "$programs/libexec/p11-kit/p11-kit-server" --sh --provider "$module" --name "$folder/socket" pkcs11: >named
eval "$(cat named)"
server=$P11_KIT_SERVER_PID

echo content >content
openssl dgst -sha256 -binary -out digest content

# signs MODULE MECHANISM FILE [OPTION...]: what the token and OpenSSL say of a signature of the content by RSA-PSS with SHA-256.
signs() {
    if tool --module "$1" --login --pin 1234 --sign --mechanism "$2" --mgf MGF1-SHA256 --salt-len 32 --id 01 --input-file "$3" \
        --output-file signature "${@:4}" >said 2>&1; then
        openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -verify public.pem -signature signature content
    else
        grep -o 'C_[A-Za-z]* failed: rv = CKR_[A-Z_]*' said
    fi
}
# lost: what the token's list has and the client's has not, of those that sign by RSA.
lost() {
    comm -23 <(signing "$module") <(signing "$client") | paste -s -d ' '
}
signing() {
    tool --module "$1" --list-mechanisms 2>/dev/null | sed -n 's/^ *\([^,]*RSA[^,]*\),.* sign.*/\1/p' | LC_ALL=C sort
}

wrong=0
is() {
    printf '%-60s %s\n' "$1" "$3"
    [[ $2 == "$3" ]] || { echo "  that was: $2"; wrong=1; }
}
is "SHA256-RSA-PKCS-PSS by the module" "Verified OK" "$(signs "$module" SHA256-RSA-PKCS-PSS content)"
is "RSA-PKCS-PSS by the module" "Verified OK" "$(signs "$module" RSA-PKCS-PSS digest --hash-algorithm SHA256)"
is "SHA256-RSA-PKCS-PSS by p11-kit's client" "C_SignInit failed: rv = CKR_MECHANISM_INVALID" \
    "$(signs "$client" SHA256-RSA-PKCS-PSS content)"
is "RSA-PKCS-PSS by p11-kit's client" "Verified OK" "$(signs "$client" RSA-PKCS-PSS digest --hash-algorithm SHA256)"
is "in the module's list and not in the client's" \
    "SHA1-RSA-PKCS-PSS SHA224-RSA-PKCS SHA224-RSA-PKCS-PSS SHA256-RSA-PKCS-PSS SHA384-RSA-PKCS-PSS SHA512-RSA-PKCS-PSS" "$(lost)"
exit "$wrong"
