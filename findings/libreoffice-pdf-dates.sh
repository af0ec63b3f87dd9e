#!/usr/bin/env bash
# LibreOffice 7.4.7 (Debian 12) and pyHanko 0.38.0: a PDF that LibreOffice signed in UTC has no verdict by pyHanko, for an apostrophe.
#
# A date in a PDF is D:YYYYMMDDHHmmSSOHH'mm, where O is +, - or Z and an apostrophe comes only after the hours of an offset (ISO 32000-1
# §7.9.4). LibreOffice writes it into /CreationDate, and into /M of its signatures (§12.8.1), which stands there for the signing time.
#
# Seen: where the clock is in UTC, as in most containers, the dates end with Z and an apostrophe (D:20260102030405Z'); in Japan's time they
# end with +09'00'. The signature in UTC is sound, and poppler's pdfsig says so; pyHanko says "Failed to read PDF file: Improper trailing
# characters" instead of a verdict, by --no-strict-syntax too, though it reads the file, and signs it. Of the same text signed in Japan's
# time it says VALID. Expected: of LibreOffice, dates without the apostrophe (the one after +09'00 is of older editions of the format,
# and is read everywhere); of pyHanko, a verdict without the signer's own time, or a Z with what follows overlooked.
#
# So whoever signs by LibreOffice for others to check has TZ=Asia/Tokyo, or another time than UTC, in its environment.
set -euo pipefail

VERSION=4:7.4.7-1+deb12u14
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# LibreOffice, poppler and what they need that this machine has not, unpacked here and not installed. (Where LibreOffice is installed,
# this stops.)
apt-get install --simulate --no-install-recommends {libreoffice-writer-nogui,python3-uno}="$VERSION" poppler-utils=22.12.0-2+deb12u3 \
    libnss3-tools 2>/dev/null | sed -n 's/^Inst \([^ ]*\) .*(\([^ ]*\) .*/\1=\2/p' >packages
mkdir packed
(cd packed && xargs apt-get download -qq -o APT::Sandbox::User=root) <packages
for package in packed/*.deb; do dpkg-deb -x "$package" unpacked; done
programs=$folder/unpacked/usr
office=$programs/lib/libreoffice
# It names its parts by their installed places, and its registry is laid out when it is installed.
mkdir -p unpacked/etc/libreoffice/registry
cp -r "$office/share/.registry/." unpacked/etc/libreoffice/registry/
sed -i "s#file:///\(usr\|etc\)/#file://$folder/unpacked/\1/#g" "$office/program/fundamentalrc"
sed -i "s#pathname:/usr/#pathname:$programs/#" "$programs/lib/python3/dist-packages/uno.py"
libraries=$(dirname "$(find "$programs" -name libpoppler.so.126)")
unpacked() {
    LD_LIBRARY_PATH=$office/program:$libraries PATH=$programs/bin:$PATH env "$@"
}
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check pyHanko==0.38.0 pyhanko-cli==0.6.0 pyhanko-certvalidator==0.33.0
grep -E '^(libreoffice-writer|poppler)' packages
python/bin/pyhanko --version

# A signer in NSS's database, where LibreOffice looks for one.
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out signer.pem -days 30 -subj /CN=Signer \
    -addext keyUsage=critical,digitalSignature,nonRepudiation 2>said
openssl pkcs12 -export -inkey key.pem -in signer.pem -name signer -passout pass: -out signer.p12
mkdir nss
unpacked certutil -N -d sql:nss --empty-password
unpacked pk12util -i signer.p12 -d sql:nss -W '' >said
unpacked certutil -M -d sql:nss -n signer -t C,C,C

# Exports a text by LibreOffice's interface for programs; its command line does not sign.
cat >export.py <<'PYTHON'
import subprocess, sys, time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.lang import DisposedException

office, folder, name = sys.argv[1:]


def named(**values):
    return tuple(PropertyValue(key, 0, value, 0) for key, value in values.items())


pipe = f"pipe,name={folder.rpartition('.')[2]}{name};urp"
process = subprocess.Popen([office, "--headless", "--norestore", f"-env:UserInstallation=file://{folder}/profile", f"--accept={pipe}"])
own = uno.getComponentContext()
resolver = own.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", own)
while True:
    assert process.poll() is None
    try:
        context = resolver.resolve(f"uno:{pipe};StarOffice.ComponentContext")
        break
    except NoConnectException:
        time.sleep(0.1)


def make(service):
    return context.ServiceManager.createInstanceWithContext(f"com.sun.star.{service}", context)


environment = make("xml.crypto.SEInitializer").createSecurityContext("").getSecurityEnvironment()
(certificate,) = environment.getPersonalCertificates()
desktop = make("frame.Desktop")
text = desktop.loadComponentFromURL("private:factory/swriter", "_blank", 0, named(Hidden=True))
text.Text.setString("a text")
signing = uno.Any("[]com.sun.star.beans.PropertyValue", named(SignPDF=True, SignatureCertificate=certificate, SignaturePassword=""))
text.storeToURL(f"file://{folder}/{name}.pdf", named(FilterName="writer_pdf_Export", FilterData=signing))
try:
    desktop.terminate()
except DisposedException:
    pass
process.wait()
PYTHON
# export_pdf NAME ZONE: a signed PDF, where the clock has this zone.
export_pdf() {
    TZ=$2 MOZILLA_CERTIFICATE_FOLDER=sql:$folder/nss PYTHONPATH=$programs/lib/python3/dist-packages:$office/program \
        unpacked timeout 120 /usr/bin/python3 export.py "$office/program/soffice" "$folder" "$1" >said 2>&1 || { cat said; exit 1; }
}
export_pdf utc UTC
export_pdf japan Asia/Tokyo

# dates NAME: the forms of the dates in a file.
dates() {
    grep -a -o '(D:[^)]*)' "$1.pdf" | sed 's/[0-9]\{14\}/N/' | sort | uniq -c | tr -s ' ' | sed 's/^ //'
}
pdfsig() {
    unpacked pdfsig -nssdir sql:nss "$1.pdf" 2>said | sed -n 's/^ *- Signature Validation: //p'
}
# pyhanko NAME [OPTION...]: its verdict, or what it says in the place of one.
pyhanko() {
    python/bin/pyhanko sign validate --trust-replace --trust signer.pem --pretty-print "${@:2}" "$1.pdf" >said 2>&1 || true
    sed -n 's/^The signature is judged /judged /p; s/^Error: \(.*\) in D:.*/\1/p' said
}
# adds NAME: whether pyHanko signs the file in its turn.
adds() {
    python/bin/pyhanko sign addsig --field Second pemder --key key.pem --cert signer.pem --no-pass "$1.pdf" "$1-2.pdf" >said 2>&1 && echo signs
}

wrong=0
is() {
    printf '%-44s %s\n' "$1" "$3"
    [[ $2 == "$3" ]] || { echo "  that was: $2"; wrong=1; }
}
refused="Failed to read PDF file: Improper trailing characters"
is "dates, signed in UTC" "2 (D:NZ')" "$(dates utc)"
is "dates, signed in Japan's time" "2 (D:N+09'00')" "$(dates japan)"
is "pdfsig, UTC" "Signature is Valid." "$(pdfsig utc)"
is "pdfsig, Japan's time" "Signature is Valid." "$(pdfsig japan)"
is "pyHanko, Japan's time" "judged VALID." "$(pyhanko japan)"
is "pyHanko, UTC" "$refused" "$(pyhanko utc)"
is "pyHanko --no-strict-syntax, UTC" "$refused" "$(pyhanko utc --no-strict-syntax)"
is "pyHanko, to sign the file of UTC" "signs" "$(adds utc)"
exit "$wrong"
