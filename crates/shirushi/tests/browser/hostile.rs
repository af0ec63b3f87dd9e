//! What hostile pages try on the agent. Each page puts into `document.body.dataset.got` what it got, and says when it is done.

/// A page of a stranger.
#[derive(Debug)]
pub(crate) struct Attack {
    /// Its file, without `.html`.
    pub(crate) name: &'static str,
    /// Whether it leaves for the agent with the whole window.
    pub(crate) leaves: bool,
    /// The document.
    pub(crate) page: String,
}

/// What the strangers know.
#[derive(Debug)]
pub(crate) struct Known<'k> {
    /// The agent's origin.
    pub(crate) agent: &'k str,
    /// A name of theirs that leads to 127.0.0.1, with the agent's port.
    pub(crate) rebound: &'k str,
    /// `/enter?…` with a ticket that was used before.
    pub(crate) used: &'k str,
    /// `/enter?…` with a ticket that nobody has used yet.
    pub(crate) fresh: &'k str,
    /// `/errands/…` of an errand that waits for a PIN.
    pub(crate) errand: &'k str,
    /// What another account of the machine has on another port of the agent's host.
    pub(crate) neighbour: &'k str,
}

/// What is asked with the fresh ticket says which page asks.
pub(crate) const BY: &str = "&by=";

/// Asks, and gives what is got; nothing is got when an error is thrown or time passes.
const SCRIPTS: [(&str, &str); 32] = [
    ("fetch", "return 'read ' + (await (await fetch(AGENT + '/', { credentials: 'include' })).text()).length;"),
    // An opaque answer cannot be read: that it came is all that a stranger learns.
    ("fetch-no-cors", "const a = await fetch(AGENT + USED, { mode: 'no-cors', credentials: 'include' });
        return a.type === 'opaque' ? '' : 'read ' + a.type;"),
    ("fetch-named-loopback", "const a = await fetch(AGENT + '/history', { targetAddressSpace: 'loopback', credentials: 'include' });
        return 'read ' + (await a.text()).length;"),
    ("fetch-pin", "const a = await fetch(AGENT + ERRAND + '/pin', { method: 'POST', mode: 'no-cors', credentials: 'include',
        headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'pin=1234&password=ABC123' });
        return a.type === 'opaque' ? '' : 'read ' + a.type;"),
    ("fetch-json", "const a = await fetch(AGENT + ERRAND + '/consent', { method: 'POST', credentials: 'include',
        headers: { 'content-type': 'application/json' }, body: '{}' }); return 'read ' + a.status;"),
    ("xhr", "return await new Promise((done) => { const x = new XMLHttpRequest(); x.open('GET', AGENT + '/'); x.withCredentials = true;
        x.onload = () => done('read ' + x.responseText.length); x.onerror = () => done(''); x.send(); });"),
    ("websocket", "return await new Promise((done) => { const s = new WebSocket(AGENT.replace('http', 'ws') + '/');
        s.onopen = () => done('opened'); s.onmessage = () => done('told'); s.onerror = () => done(''); });"),
    ("event-source", "return await new Promise((done) => { const s = new EventSource(AGENT + ERRAND + '/progress', { withCredentials: true });
        s.onopen = () => done('opened'); s.onmessage = () => done('told'); s.onerror = () => done(''); });"),
    ("beacon", "navigator.sendBeacon(AGENT + '/reader/eject', new URLSearchParams({ slot: '0' }));
        navigator.sendBeacon(AGENT + ERRAND + '/pin', new URLSearchParams({ pin: '1234' }));
        await new Promise((done) => setTimeout(done, 300)); return '';"),
    ("iframe", "return await framed(AGENT + '/');"),
    ("iframe-ticket", "return await framed(AGENT + USED);"),
    ("iframe-form", "const f = document.createElement('iframe'); f.name = 'inside'; document.body.append(f);
        post(AGENT + ERRAND + '/pin', { pin: '1234' }, 'inside'); await new Promise((done) => setTimeout(done, 300));
        try { return f.contentDocument.URL.startsWith('http') ? 'read the frame' : ''; } catch { return ''; }"),
    ("object", "return await element('object', { data: AGENT + '/', type: 'text/html' });"),
    ("image", "return await element('img', { src: AGENT + USED });"),
    ("image-asset", "const v = 'icon-VERSION.svg'; return await element('img', { src: AGENT + '/assets/' + v });"),
    ("script", "return await element('script', { src: AGENT + '/assets/page-VERSION.js' });"),
    ("style", "return await element('link', { rel: 'stylesheet', href: AGENT + '/assets/page-VERSION.css' });"),
    ("worker", "const code = new Blob([`try { importScripts('${AGENT}/assets/page-VERSION.js'); postMessage('ran'); } catch { postMessage('') }`]);
        return await new Promise((done) => { const w = new Worker(URL.createObjectURL(code));
        w.onmessage = (m) => done(m.data); w.onerror = () => done(''); });"),
    ("window", "const w = window.open(AGENT + '/'); await new Promise((done) => setTimeout(done, 400));
        try { const url = w.document.URL; w.close(); return url.startsWith('http') ? 'read the window' : ''; } catch { w && w.close(); return ''; }"),
    ("hints", "for (const rel of ['preconnect', 'prefetch', 'prerender', 'preload', 'modulepreload', 'dns-prefetch']) {
          const l = document.createElement('link'); l.rel = rel; l.as = 'fetch'; l.href = AGENT + USED; document.head.append(l); }
        const s = document.createElement('script'); s.type = 'speculationrules';
        s.textContent = JSON.stringify({ prefetch: [{ urls: [AGENT + USED] }], prerender: [{ urls: [AGENT + '/'] }] });
        document.head.append(s); await new Promise((done) => setTimeout(done, 300)); return '';"),
    // Chromium says nothing of itself with the handshake of a socket, and sends it wherever a page wants.
    ("socket-ticket", "return await socket(new WebSocket(AGENT.replace('http', 'ws') + FRESH));"),
    ("socket-ticket-protocols", "return await socket(new WebSocket(AGENT.replace('http', 'ws') + FRESH, ['chat', 'v2.shirushi']));"),
    ("socket-errand", "return await socket(new WebSocket(AGENT.replace('http', 'ws') + ERRAND + '/progress'));"),
    ("stream-ticket", "return await new Promise((done) => { const s = new EventSource(AGENT + FRESH, { withCredentials: true });
        s.onopen = () => done('opened'); s.onmessage = () => done('told'); s.onerror = () => done(''); });"),
    ("fetch-ticket", "const a = await fetch(AGENT + FRESH, { mode: 'no-cors', credentials: 'include', keepalive: true });
        return a.type === 'opaque' ? '' : 'read ' + a.type;"),
    ("prefetch-ticket", "const l = document.createElement('link'); l.rel = 'prefetch'; l.as = 'document'; l.href = AGENT + FRESH;
        return await new Promise((done) => { l.onload = () => done('loaded'); l.onerror = () => done(''); document.head.append(l); });"),
    ("prerender-ticket", "const s = document.createElement('script'); s.type = 'speculationrules';
        const rule = [{ source: 'list', urls: [AGENT + FRESH], eagerness: 'immediate' }];
        s.textContent = JSON.stringify({ prefetch: rule, prerender: rule });
        document.head.append(s); await new Promise((done) => setTimeout(done, 600)); return '';"),
    ("service-worker", "const r = await navigator.serviceWorker.register('/sw.js?to=' + encodeURIComponent(AGENT + FRESH));
        await navigator.serviceWorker.ready;
        const told = await new Promise((done) => { navigator.serviceWorker.onmessage = (m) => done(m.data);
          r.active.postMessage('go'); });
        await r.unregister(); return told;"),
    ("window-noopener", "const w = window.open(AGENT + USED, '_blank', 'noopener'); await new Promise((done) => setTimeout(done, 400));
        return w ? 'held the window' : '';"),
    ("form-frame-ticket", "const f = document.createElement('iframe'); f.name = 'inside-ticket'; document.body.append(f);
        const form = document.createElement('form'); form.action = AGENT + '/enter'; form.target = 'inside-ticket';
        for (const [name, value] of new URLSearchParams(FRESH.split('?')[1])) {
          const i = document.createElement('input'); i.name = name; i.value = value; form.append(i); }
        document.body.append(form); form.submit(); await new Promise((done) => setTimeout(done, 400));
        try { return f.contentDocument.URL.startsWith('http') ? 'read the frame' : ''; } catch { return ''; }"),
    ("form-target-ticket", "post(AGENT + FRESH, { ticket: '0' }, '_blank'); await new Promise((done) => setTimeout(done, 400)); return '';"),
    // Cookies are sent to every port of a host, and each of them can set them.
    ("cookie-port", "const w = window.open(NEIGHBOUR + '/errands/guessed'); await new Promise((done) => setTimeout(done, 600));
        if (w) w.close(); return '';"),
];

/// What the scripts have in common.
const COMMON: &str = "
    const element = (name, attributes) => new Promise((done) => {
      const e = document.createElement(name);
      e.onload = () => done('loaded'); e.onerror = () => done('');
      Object.assign(e, attributes); document.body.append(e);
    });
    const framed = async (url) => {
      const f = document.createElement('iframe'); f.src = url;
      await new Promise((done) => { f.onload = done; document.body.append(f); });
      try { return f.contentDocument && f.contentDocument.URL.startsWith('http') ? 'read the frame' : ''; } catch { return ''; }
    };
    const socket = (s) => new Promise((done) => {
      s.onopen = () => done('opened'); s.onmessage = () => done('told'); s.onerror = () => done('');
    });
    const post = (action, fields, target) => {
      const f = document.createElement('form'); f.method = 'post'; f.action = action; if (target) f.target = target;
      for (const [name, value] of Object.entries(fields)) {
        const i = document.createElement('input'); i.name = name; i.value = value; f.append(i);
      }
      document.body.append(f); f.submit();
    };";

/// The pages.
pub(crate) fn attacks(known: &Known<'_>) -> Vec<Attack> {
    let Known {
        agent,
        rebound,
        used,
        fresh,
        errand,
        neighbour,
    } = known;
    let scripted = SCRIPTS.into_iter().map(|(name, script)| Attack {
        name,
        leaves: false,
        page: format!(
            "<!doctype html><meta charset=utf-8><title>{name}</title><body><script>
             const AGENT = '{agent}', USED = '{used}', FRESH = '{fresh}{BY}{name}', ERRAND = '{errand}', NEIGHBOUR = '{neighbour}';
             {COMMON}
             const attack = async () => {{ {} }};
             const patience = new Promise((done) => setTimeout(() => done(''), 1500));
             Promise.race([attack().catch(() => ''), patience])
               .then((got) => {{ document.body.dataset.got = got; document.body.dataset.done = 'yes'; }});
             </script>",
            script.replace("VERSION", env!("CARGO_PKG_VERSION"))
        ),
    });
    let leaving = [
        ("form-pin", format!("post('{agent}{errand}/pin', {{ pin: '1234', password: 'ABC123' }});")),
        ("form-consent", format!("post('{agent}{errand}/consent', {{ consent: 'yes' }});")),
        ("form-site", format!("post('{agent}/sites', {{ origin: 'https://evil.example', site: 'https://evil.example' }});")),
        ("form-eject", format!("post('{agent}/reader/eject', {{ slot: '0' }});")),
        ("no-ticket", format!("location = '{agent}/enter';")),
        ("own-site", format!("location = '{agent}/enter?site=https%3A%2F%2Fevil.example&ticket=00';")),
        ("old-ticket", format!("location = '{agent}{used}';")),
        ("errand", format!("location = '{agent}{errand}';")),
        ("rebound", format!("location = '{rebound}/';")),
        ("rebound-ticket", format!("location = '{rebound}{used}';")),
        ("redirect", "location = '/redirect';".to_owned()),
    ]
    .map(|(name, script)| Attack {
        name,
        leaves: true,
        page: format!(
            "<!doctype html><meta charset=utf-8><title>{name}</title><body><script>{COMMON}\n{script}</script>"
        ),
    });
    let refreshing = Attack {
        name: "meta-refresh",
        leaves: true,
        page: format!(
            "<!doctype html><meta charset=utf-8><title>refresh</title><meta http-equiv=refresh content='0;url={agent}{used}'>"
        ),
    };
    scripted
        .chain(leaving)
        .chain([refreshing])
        .collect()
}
