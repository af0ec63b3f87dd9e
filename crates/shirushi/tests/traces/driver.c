/* A program that uses a PKCS#11 module as any other does, and keeps nothing of the PINs that it hands on.
 *
 * driver MODULE SLOT login|change|sign  – PINs on standard input, a line each; answers each return value in hexadecimal. */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <unistd.h>

typedef unsigned long ulong_t;
typedef ulong_t (*function_t)();

/* CK_FUNCTION_LIST (PKCS #11 2.40 §3.6): the version, then the functions in this order. */
struct list { unsigned char version[2]; function_t function[68]; };
enum { INITIALIZE = 0, FINALIZE = 1, SET_PIN = 11, OPEN_SESSION = 12, LOGIN = 18, LOGOUT = 19,
       FIND_INIT = 26, FIND = 27, FIND_FINAL = 28, SIGN_INIT = 42, SIGN = 43 };
enum { SERIAL_RW = 6, USER = 1, CONTEXT_SPECIFIC = 2, RSA_PKCS = 1 };
struct attribute { ulong_t type; void *value; ulong_t length; };
struct mechanism { ulong_t type; void *parameter; ulong_t length; };

static char pins[2][64];
static ulong_t lengths[2];

static void take(int n)
{
    char byte;
    while (read(0, &byte, 1) == 1 && byte != '\n')
        if (lengths[n] < sizeof pins[n]) pins[n][lengths[n]++] = byte;
    byte = 0;
}

static ulong_t told(const char *what, ulong_t value)
{
    printf("%s %lx\n", what, value);
    return value;
}

int main(int count, char **arguments)
{
    if (count != 4) return 64;
    void *library = dlopen(arguments[1], RTLD_NOW);
    if (!library) { fprintf(stderr, "%s\n", dlerror()); return 1; }
    ulong_t (*get)(struct list **) = (ulong_t (*)(struct list **))dlsym(library, "C_GetFunctionList");
    struct list *list;
    if (!get || get(&list)) return 1;
    function_t *call = list->function;
    raise(SIGUSR1); /* For whoever watches: the module is here. */
    ulong_t session, slot = strtoul(arguments[2], NULL, 10);
    if (told("C_Initialize", call[INITIALIZE](NULL))) return 1;
    if (told("C_OpenSession", call[OPEN_SESSION](slot, (ulong_t)SERIAL_RW, NULL, NULL, &session))) return 1;
    take(0);
    if (!strcmp(arguments[3], "change")) {
        take(1);
        told("C_SetPIN", call[SET_PIN](session, pins[0], lengths[0], pins[1], lengths[1]));
    } else if (!told("C_Login", call[LOGIN](session, (ulong_t)USER, pins[0], lengths[0])) && !strcmp(arguments[3], "sign")) {
        ulong_t class = 3, key = 0, found = 0, length = 512;
        struct attribute private_key = { 0, &class, sizeof class };
        struct mechanism mechanism = { RSA_PKCS, NULL, 0 };
        unsigned char data[51] = { 0 }, signature[512];
        told("C_FindObjectsInit", call[FIND_INIT](session, &private_key, 1UL));
        told("C_FindObjects", call[FIND](session, &key, 1UL, &found));
        call[FIND_FINAL](session);
        told("C_SignInit", call[SIGN_INIT](session, &mechanism, key));
        if (slot == 1)
            told("C_Login", call[LOGIN](session, (ulong_t)CONTEXT_SPECIFIC, pins[0], lengths[0]));
        told("C_Sign", call[SIGN](session, data, (ulong_t)sizeof data, signature, &length));
        told("C_Logout", call[LOGOUT](session));
    }
    explicit_bzero(pins, sizeof pins);
    told("C_Finalize", call[FINALIZE](NULL));
    return 0;
}
