"""Exports a text as a signed PDF from LibreOffice, as its dialogue for PDFs does, without a screen. Tells what came of it.

Arguments: a word in the issuer's name, what is typed where a token asks for its PIN (each time), and what stands in the dialogue's field.
"""

import json
import os
import subprocess
import sys
import time

import uno
import unohelper
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.io import IOException
from com.sun.star.lang import DisposedException, XInitialization, XServiceInfo, XSingleComponentFactory
from com.sun.star.security import NoPasswordException
from com.sun.star.task import XInteractionHandler2

FOLDER = os.getcwd()
asked = 0


class Person(unohelper.Base, XInteractionHandler2, XInitialization):
    """Answers the questions that would be windows."""

    def initialize(self, arguments):
        pass

    def handle(self, request):
        self.handleInteractionRequest(request)

    def handleInteractionRequest(self, request):
        global asked
        asked += 1
        # A program that asks for ever has shown it by now.
        wanted = "XInteractionPassword" if asked < 20 else "XInteractionAbort"
        for way in request.getContinuations():
            answer = way.queryInterface(uno.getTypeByName(f"com.sun.star.task.{wanted}"))
            if answer:
                if wanted == "XInteractionPassword":
                    answer.setPassword(sys.argv[2])
                answer.select()
                return True
        return False


class People(unohelper.Base, XSingleComponentFactory, XServiceInfo):
    """Gives LibreOffice the person in the place of its windows."""

    def createInstanceWithContext(self, context):
        return Person()

    def createInstanceWithArgumentsAndContext(self, arguments, context):
        return Person()

    def getImplementationName(self):
        return "card.Person"

    def supportsService(self, name):
        return name in self.getSupportedServiceNames()

    def getSupportedServiceNames(self):
        return ("com.sun.star.task.InteractionHandler",)


def named(**values):
    return tuple(PropertyValue(name, 0, value, 0) for name, value in values.items())


def export(context, issuer, password):
    """Looks for the certificate, which asks for PINs, and writes the PDF with it."""
    services = context.ServiceManager
    make = lambda name: services.createInstanceWithContext(f"com.sun.star.{name}", context)
    services.remove("com.sun.star.comp.uui.UUIInteractionHandler")
    services.insert(People())
    try:
        certificates = make("xml.crypto.SEInitializer").createSecurityContext("").getSecurityEnvironment().getPersonalCertificates()
    except NoPasswordException:
        return "no password"
    (certificate,) = [one for one in certificates if issuer in one.IssuerName]
    text = make("frame.Desktop").loadComponentFromURL("private:factory/swriter", "_blank", 0, named(Hidden=True))
    text.Text.setString("押印に代えて")
    signature = named(SignPDF=True, SignatureCertificate=certificate, SignaturePassword=password)
    signature = uno.Any("[]com.sun.star.beans.PropertyValue", signature)
    try:
        text.storeToURL(f"file://{FOLDER}/signed.pdf", named(FilterName="writer_pdf_Export", FilterData=signature))
    except IOException:
        return "not written"
    return "signed"


def main():
    office = subprocess.Popen(
        ["/usr/lib/libreoffice/program/soffice", "--headless", "--norestore",
         f"-env:UserInstallation=file://{FOLDER}/office", "--accept=socket,host=127.0.0.1,port=2002;urp"],
        stdin=subprocess.DEVNULL, stdout=sys.stderr)
    own = uno.getComponentContext()
    resolver = own.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", own)
    while True:
        assert office.poll() is None, "LibreOffice ended"
        try:
            context = resolver.resolve("uno:socket,host=127.0.0.1,port=2002;urp;StarOffice.ComponentContext")
            break
        except NoConnectException:
            time.sleep(0.05)
    began = time.monotonic()
    result = export(context, sys.argv[1], sys.argv[3])
    print(json.dumps({"result": result, "asked": asked, "seconds": time.monotonic() - began}), flush=True)
    try:
        context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context).terminate()
    except DisposedException:
        pass
    office.wait()


main()
