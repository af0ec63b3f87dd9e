"""Opens an address in Firefox without a screen, answers its questions for a PIN, and tells what was asked and what it shows.

Arguments: Firefox, profile, address, then the PINs in the order of the questions. When they run out, a question is cancelled.
Marionette, Firefox's remote control, waits while a question stands, so it is answered from inside.
"""

import json
import socket
import subprocess
import sys
import time

# Who answers, and the visit.
BEGIN = """
const [address, pins] = arguments;
const state = { asked: [], failed: null };
globalThis.shirushi = state;
Services.obs.addObserver(question => {
    try {
        const { args, ui } = question.Dialog;
        state.asked.push(args.text);
        const pin = pins.shift();
        if (pin !== undefined) ui.password1Textbox.value = pin;
        // The question is on its way to the screen still.
        question.setTimeout(() => (pin === undefined ? ui.button1 : ui.button0).click(), 0);
    } catch (error) {
        state.failed = String(error);
    }
}, 'common-dialog-loaded');
const window = Services.wm.getMostRecentWindow('navigator:browser');
window.setTimeout(() => window.gBrowser.selectedBrowser.loadURI(Services.io.newURI(address), {
    triggeringPrincipal: Services.scriptSecurityManager.getSystemPrincipal(),
}), 0);
"""

LOOK = """
const browser = Services.wm.getMostRecentWindow('navigator:browser').gBrowser.selectedBrowser;
const { asked, failed } = globalThis.shirushi;
return { asked, failed, title: browser.contentTitle, page: browser.documentURI?.spec ?? 'about:blank', busy: browser.webProgress.isLoadingDocument };
"""


class Marionette:
    """Firefox's remote control: `length:JSON` in both directions."""

    def __init__(self, process):
        self.number = 0
        while True:
            assert process.poll() is None, "Firefox ended"
            try:
                self.socket = socket.create_connection(("127.0.0.1", 2828))
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        self.read()

    def read(self):
        length = b""
        while not length.endswith(b":"):
            length += self.octets(1)
        return json.loads(self.octets(int(length[:-1])))

    def octets(self, count):
        octets = b""
        while len(octets) < count:
            more = self.socket.recv(count - len(octets))
            assert more, "Firefox has hung up"
            octets += more
        return octets

    def call(self, name, **parameters):
        self.number += 1
        message = json.dumps([0, self.number, name, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self.read()
        assert error is None, error
        return result


def main():
    firefox, profile, address, *pins = sys.argv[1:]
    options = ["--headless", "--marionette", "--remote-allow-system-access", "--no-remote", "--profile", profile]
    process = subprocess.Popen([firefox, *options], stdin=subprocess.DEVNULL, stdout=sys.stderr, stderr=sys.stderr)
    control = Marionette(process)
    session = control.call("WebDriver:NewSession", capabilities={"alwaysMatch": {"unhandledPromptBehavior": "ignore"}})
    control.call("Marionette:SetContext", value="chrome")
    # The scripts share one sandbox.
    sandbox = {"sandbox": "system", "newSandbox": False}
    control.call("WebDriver:ExecuteScript", script=BEGIN, args=[address, pins], **sandbox)
    while True:
        seen = control.call("WebDriver:ExecuteScript", script=LOOK, args=[], **sandbox)["value"]
        if seen["failed"] or (seen["page"] != "about:blank" and not seen["busy"]):
            break
        time.sleep(0.05)
    seen["version"] = session["capabilities"]["browserVersion"]
    print(json.dumps(seen))


main()
