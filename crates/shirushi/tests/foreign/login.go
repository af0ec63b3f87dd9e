// Logs in to a site with a key and a certificate of a PKCS#11 module: crypto/tls, and a crypto.Signer by miekg/pkcs11.
//
// Arguments: module, label of the token, authority of the site, address, newest version of TLS. The PIN comes by standard input.
package main

import (
	"crypto"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/miekg/pkcs11"
)

type key struct {
	module  *pkcs11.Ctx
	session pkcs11.SessionHandle
	object  pkcs11.ObjectHandle
	public  crypto.PublicKey
}

func (k key) Public() crypto.PublicKey { return k.public }

// DigestInfo before a SHA-256 (RFC 8017, section 9.2, note 1).
var digestInfo = []byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}

func (k key) Sign(_ io.Reader, digest []byte, options crypto.SignerOpts) ([]byte, error) {
	if options.HashFunc() != crypto.SHA256 {
		return nil, fmt.Errorf("no %v", options.HashFunc())
	}
	mechanism := pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS, nil)
	data := append(append([]byte{}, digestInfo...), digest...)
	if _, pss := options.(*rsa.PSSOptions); pss {
		parameters := pkcs11.NewPSSParams(pkcs11.CKM_SHA256, pkcs11.CKG_MGF1_SHA256, 32)
		mechanism, data = pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS_PSS, parameters), digest
	}
	if err := k.module.SignInit(k.session, []*pkcs11.Mechanism{mechanism}, k.object); err != nil {
		return nil, err
	}
	return k.module.Sign(k.session, data)
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (k key) find(class uint) pkcs11.ObjectHandle {
	must(k.module.FindObjectsInit(k.session, []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, class), pkcs11.NewAttribute(pkcs11.CKA_ID, []byte{1}),
	}))
	objects, _, err := k.module.FindObjects(k.session, 2)
	must(err)
	must(k.module.FindObjectsFinal(k.session))
	if len(objects) != 1 {
		must(fmt.Errorf("%d objects", len(objects)))
	}
	return objects[0]
}

func main() {
	path, label, authority, address, version := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	pin, err := io.ReadAll(os.Stdin)
	must(err)
	module := pkcs11.New(path)
	if module == nil {
		must(fmt.Errorf("%s cannot be loaded", path))
	}
	must(module.Initialize())
	defer module.Finalize()
	slots, err := module.GetSlotList(true)
	must(err)
	card := key{module: module}
	for _, slot := range slots {
		token, err := module.GetTokenInfo(slot)
		must(err)
		if token.Label == label {
			card.session, err = module.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION)
			must(err)
		}
	}
	must(module.Login(card.session, pkcs11.CKU_USER, string(pin)))
	value, err := module.GetAttributeValue(card.session, card.find(pkcs11.CKO_CERTIFICATE),
		[]*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_VALUE, nil)})
	must(err)
	certificate, err := x509.ParseCertificate(value[0].Value)
	must(err)
	card.object, card.public = card.find(pkcs11.CKO_PRIVATE_KEY), certificate.PublicKey

	pem, err := os.ReadFile(authority)
	must(err)
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(pem)
	settings := &tls.Config{RootCAs: trusted, MaxVersion: map[string]uint16{"TLSv1.2": tls.VersionTLS12, "TLSv1.3": tls.VersionTLS13}[version],
		Certificates: []tls.Certificate{{Certificate: [][]byte{certificate.Raw}, PrivateKey: card, Leaf: certificate}}}
	client := http.Client{Transport: &http.Transport{TLSClientConfig: settings}}
	answer, err := client.Get(address)
	must(err)
	page, err := io.ReadAll(answer.Body)
	must(err)
	fmt.Println(answer.Status, strings.TrimSpace(string(page)))
}
