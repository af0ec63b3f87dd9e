#!/usr/bin/env bash
# GnuPG 2.2.40 (Debian 12): gpg-agent puts a zero octet before RSA signatures of cards whose first bit is set, and gpgsm writes it out.
#
# A PKCS #1 v1.5 signature has as many octets as the modulus (RFC 8017 §8.2.1, step 2c), and a verifier refuses any other length (§8.2.2,
# step 1); CMS carries these octets (RFC 5754 §3.2, RFC 3370 §3.2). gpgsm signs here with a key of gpg-agent's own and with one in a token
# (SoftHSM 2.6.1 by gnupg-pkcs11-scd 0.10.0, in the place of GnuPG's own card program).
#
# Seen: by the agent's own key each signature has 256 octets. By the token's key one whose first bit is set, up to every second, has 257:
# `gpgsm --verify` takes it, `openssl cms -verify` says "wrong signature length". Asked by itself for the same digest, the card program
# answers 256 octets and gpg-agent the same after a zero. So neither gnupg-pkcs11-scd nor libksba adds it, but the agent, which makes a
# positive number of what a card program answers, and gpgsm writes that number as it comes. Expected: 256 octets in CMS, whichever the key.
#
# So whoever signs with a card by gpgsm looks at the length, or checks with another program, and signs again when there is one too many:
# another signing time is another signature.
set -euo pipefail

folder=$(mktemp -d)
export GNUPGHOME=$folder/home SOFTHSM2_CONF=$folder/softhsm2.conf LC_ALL=C
trap 'gpg-connect-agent KILLAGENT /bye >/dev/null 2>&1 || true; gpgconf --remove-socketdir >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
cd "$folder"

# The programs, unpacked here and not installed; what else they are linked with is Debian's own.
gnupg=2.2.40-1.1+deb12u2
apt-get download -qq -o APT::Sandbox::User=root gpgsm="$gnupg" gpg-agent="$gnupg" gpgconf="$gnupg" libksba8=1.6.3-2 libassuan0=2.5.5-5 \
    libnpth0=1.6-3 gnupg-pkcs11-scd=0.10.0-2 libpkcs11-helper1=1.29.0-1 softhsm2{,-common}=2.6.1-2.1 libsofthsm2=2.6.1-2.1 \
    opensc{,-pkcs11}=0.23.0-0.3+deb12u2
for package in ./*.deb; do dpkg-deb -x "$package" unpacked; done
programs=$folder/unpacked/usr
module=$programs/lib/softhsm/libsofthsm2.so
libraries=$(dirname "$(find "$programs" -name libksba.so.8)")
unpacked() {
    LD_LIBRARY_PATH=$libraries "$programs/bin/$1" "${@:2}"
}
gpgsm() { unpacked gpgsm --batch "$@"; }
gpg-connect-agent() { unpacked gpg-connect-agent --no-autostart "$@"; }
gpgconf() { unpacked gpgconf "$@"; }
gpgsm --version 2>&1 | sed -n 1p

# Answers each question for a PIN.
cat >pinentry <<'PINENTRY'
#!/usr/bin/env bash
echo OK
while read -r word _; do
    [[ $word != GETPIN ]] || echo "D 1234"
    echo OK
    [[ $word != BYE ]] || exit 0
done
PINENTRY
chmod +x pinentry
mkdir -m 700 home tokens
printf 'directories.tokendir = %s\n' "$folder/tokens" >softhsm2.conf
printf '%s\n' "agent-program $programs/bin/gpg-agent" disable-crl-checks no-common-certs-import 'include-certs -1' >home/gpgsm.conf
printf '%s\n' "scdaemon-program $programs/bin/gnupg-pkcs11-scd" "pinentry-program $folder/pinentry" allow-loopback-pinentry \
    >home/gpg-agent.conf
printf '%s\n' 'providers invented' "provider-invented-library $module" >home/gnupg-pkcs11-scd.conf

# A key of the agent's with a certificate of gpgsm's making, and one in the token.
printf '%s\n' 'Key-Type: RSA' 'Key-Length: 2048' 'Key-Usage: sign, cert' 'Serial: random' 'Name-DN: CN=Agent' >wanted
gpgsm --pinentry-mode loopback --passphrase-fd 0 --generate-key --output agent.der wanted <<<"" 2>said
openssl x509 -inform DER -in agent.der -out agent.pem
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out token.pem -days 30 -subj /CN=Token 2>said
openssl x509 -in token.pem -outform DER -out token.der
unpacked softhsm2-util --module "$module" --init-token --free --label invented --pin 1234 --so-pin 12345678 >said
unpacked softhsm2-util --module "$module" --import key.pem --token invented --pin 1234 --id 01 --label invented >said
unpacked pkcs11-tool --module "$module" --login --pin 1234 --write-object token.der --type cert --id 01 --label invented >said 2>&1
fingerprint() {
    openssl x509 -in "$1.pem" -noout -fingerprint -sha1 | sed 's/.*=//; s/://g'
}
for key in agent token; do
    echo "$(fingerprint "$key") S relax" >>home/trustlist.txt
    gpgsm --import "$key.pem" 2>said
done
gpgsm --learn-card 2>said

# octets: the signature in a file of CMS, in hexadecimal. It is the last of the octet strings there.
octets() {
    openssl asn1parse -inform DER -in signature | sed -n 's/.*OCTET STRING *\[HEX DUMP\]://p' | tail -n 1
}
# signed KEY BIT: signs texts until the first bit of a signature is this one, and tells how long that signature is and who takes it.
signed() {
    local number written octets
    for number in {1..300}; do
        echo "text $number" >content
        gpgsm --yes --output signature --detach-sign --local-user "$(fingerprint "$1")" content 2>said
        written=$(octets)
        # Those of the number, without a zero too many.
        octets=$written
        [[ ${#written} -le 512 ]] || octets=${written#00}
        [[ $2 == $((0x${octets:0:2} >> 7)) ]] || continue
        printf '%s octets' $((${#written} / 2))
        [[ $octets == "$written" ]] || printf ', 00 first'
        gpgsm --verify signature content 2>said && printf ', gpgsm takes it'
        if openssl cms -verify -binary -inform DER -in signature -content content -purpose any -CAfile "$1.pem" -out read 2>said; then
            echo ', OpenSSL takes it'
        else
            echo ", OpenSSL: $(grep -o 'wrong signature length' said)"
        fi
        return
    done
}

# answer COMMAND...: the octets of what the agent answers, in hexadecimal. Line ends and per cents come as %0A, %0D and %25.
answer() {
    printf '%s\n' "$@" | gpg-connect-agent --hex | sed -n 's/^D\[[0-9A-F]*\]\( .\{49\}\).*/\1/p' | tr -s '\n' ' ' | tr -s ' ' |
        sed 's/ 25 30 41/ 0A/g; s/ 25 30 44/ 0D/g; s/ 25 32 35/ 25/g; s/ //g'
}
# parts: for a digest whose signature begins with a set bit, how long the card program's answer is, and how the agent's differs.
parts() {
    local number digest grip name card agent
    grip=$(gpgsm --with-keygrip --list-secret-keys "$(fingerprint token)" 2>said | sed -n 's/ *keygrip: //p')
    name=$(gpg-connect-agent 'SCD LEARN --force' /bye | sed -n "s/^S KEYPAIRINFO $grip //p")
    for number in {1..300}; do
        digest=$(openssl dgst -sha256 -r <<<"text $number" | sed 's/ .*//')
        card=$(answer "SCD SETDATA $digest" "SCD PKSIGN --hash=sha256 $name")
        [[ $card == [89A-F]* ]] || continue
        # (7:sig-val(3:rsa(1:s LENGTH : OCTETS )))
        agent=$(answer "SIGKEY $grip" "SETHASH --hash=sha256 $digest" PKSIGN)
        printf 'card program %s octets, agent ' $((${#card} / 2))
        case $agent in
            *"3235373A00${card}292929") echo "257: 00 and the same" ;;
            *"3235363A${card}292929") echo "256: the same" ;;
            *) echo "$agent" ;;
        esac
        return
    done
}

wrong=0
is() {
    printf '%-44s %s\n' "$1" "$3"
    [[ $2 == "$3" ]] || { echo "  that was: $2"; wrong=1; }
}
good="256 octets, gpgsm takes it, OpenSSL takes it"
is "the agent's key, first bit not set" "$good" "$(signed agent 0)"
is "the agent's key, first bit set" "$good" "$(signed agent 1)"
is "the token's key, first bit not set" "$good" "$(signed token 0)"
is "the token's key, first bit set" "257 octets, 00 first, gpgsm takes it, OpenSSL: wrong signature length" "$(signed token 1)"
is "the same digest, asked of both" "card program 256 octets, agent 257: 00 and the same" "$(parts)"
exit "$wrong"
