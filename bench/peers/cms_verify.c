/* OpenSSL's library calls behind `openssl cms -verify`: reads one detached signature, again and again, and verifies it with a
 * store of one authority and one list, at one instant. Says on one line: how many were good, and the microseconds of processor
 * time of each.
 *
 *   cms_verify SIGNATURE DOCUMENT AUTHORITY LIST UNIX_SECONDS COUNT        (all DER but the document)
 *
 * Declared here and not by OpenSSL's headers, which a machine with the library alone has not. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct bio_st BIO;
typedef struct cms_st CMS;
typedef struct x509_st X509;
typedef struct crl_st X509_CRL;
typedef struct store_st X509_STORE;
typedef struct param_st X509_VERIFY_PARAM;

extern BIO *BIO_new_mem_buf(const void *bytes, int length);
extern int BIO_free(BIO *bio);
extern CMS *d2i_CMS_bio(BIO *bio, CMS **into);
extern void CMS_ContentInfo_free(CMS *cms);
extern int CMS_verify(CMS *cms, void *certificates, X509_STORE *store, BIO *document, BIO *out, unsigned int flags);
extern X509 *d2i_X509(X509 **into, const unsigned char **bytes, long length);
extern X509_CRL *d2i_X509_CRL(X509_CRL **into, const unsigned char **bytes, long length);
extern X509_STORE *X509_STORE_new(void);
extern int X509_STORE_add_cert(X509_STORE *store, X509 *certificate);
extern int X509_STORE_add_crl(X509_STORE *store, X509_CRL *list);
extern X509_VERIFY_PARAM *X509_STORE_get0_param(X509_STORE *store);
extern int X509_VERIFY_PARAM_set_flags(X509_VERIFY_PARAM *param, unsigned long flags);
extern void X509_VERIFY_PARAM_set_time(X509_VERIFY_PARAM *param, time_t at);
extern int X509_VERIFY_PARAM_set_purpose(X509_VERIFY_PARAM *param, int purpose);
extern unsigned long ERR_get_error(void);
extern void ERR_error_string_n(unsigned long error, char *text, size_t length);

enum { CMS_BINARY = 0x80, X509_PURPOSE_ANY = 7, X509_V_FLAG_CRL_CHECK = 0x4 };

struct file {
    unsigned char *bytes;
    long length;
};

static void fail(const char *what) {
    char text[256];
    ERR_error_string_n(ERR_get_error(), text, sizeof text);
    fprintf(stderr, "%s: %s\n", what, text);
    exit(1);
}

static struct file read_file(const char *path) {
    struct file file = {0};
    FILE *from = fopen(path, "rb");
    if (!from || fseek(from, 0, SEEK_END) || (file.length = ftell(from)) < 0) fail(path);
    rewind(from);
    file.bytes = malloc(file.length + 1);
    if (!file.bytes || fread(file.bytes, 1, file.length, from) != (size_t)file.length) fail(path);
    fclose(from);
    return file;
}

int main(int count, char **words) {
    if (count != 7) fail("SIGNATURE DOCUMENT AUTHORITY LIST UNIX_SECONDS COUNT");
    struct file signature = read_file(words[1]), document = read_file(words[2]);
    struct file authority = read_file(words[3]), list = read_file(words[4]);
    const unsigned char *place = authority.bytes;
    X509 *anchor = d2i_X509(NULL, &place, authority.length);
    place = list.bytes;
    X509_CRL *crl = d2i_X509_CRL(NULL, &place, list.length);
    X509_STORE *store = X509_STORE_new();
    if (!anchor || !crl || !store) fail("authority or list");
    if (!X509_STORE_add_cert(store, anchor) || !X509_STORE_add_crl(store, crl)) fail("store");
    X509_VERIFY_PARAM *param = X509_STORE_get0_param(store);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_CRL_CHECK);
    X509_VERIFY_PARAM_set_time(param, atol(words[5]));
    X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY);

    long wanted = atol(words[6]), good = 0;
    clock_t began = clock();
    for (long turn = 0; turn < wanted; turn++) {
        BIO *in = BIO_new_mem_buf(signature.bytes, (int)signature.length);
        BIO *content = BIO_new_mem_buf(document.bytes, (int)document.length);
        CMS *cms = in ? d2i_CMS_bio(in, NULL) : NULL;
        if (!cms || !content) fail("signature");
        if (CMS_verify(cms, NULL, store, content, NULL, CMS_BINARY) != 1) fail("CMS_verify");
        good++;
        CMS_ContentInfo_free(cms);
        BIO_free(content);
        BIO_free(in);
    }
    double microseconds = (double)(clock() - began) * 1e6 / CLOCKS_PER_SEC;
    printf("%ld %.2f\n", good, microseconds / (double)wanted);
    return 0;
}
