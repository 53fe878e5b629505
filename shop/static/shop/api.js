/* The forms of the browsable API are sent as any client of the API sends; the page of the answer takes this one's place. */
"use strict";
{
    const LOGIN = "/api/login";
    const RENEWED = 4 * 60 * 1000; // an access token is good for five minutes
    const csrf = JSON.parse(document.getElementById("drf_csrf").textContent);

    document.addEventListener("submit", (event) => {
        const form = event.target;
        const method = (event.submitter?.dataset.method || form.dataset.method || form.method).toUpperCase();
        if (method !== "GET" && form.closest("#content")) {
            event.preventDefault();
            send(form, method);
        }
    });

    clearInterval(window.renewal); // that of the page before, whose window this is
    if (document.querySelector("[data-logged-in]")) {
        window.renewal = setInterval(renew, RENEWED);
    }

    function renew() {
        return fetch(LOGIN, {redirect: "manual"});
    }

    async function send(form, method) {
        const buttons = form.querySelectorAll("button");
        buttons.forEach((button) => (button.disabled = true));
        try {
            let answer = await ask(form, method);
            if (answer.status === 401) {
                await renew(); // the computer slept meanwhile
                answer = await ask(form, method);
            }
            await show(answer);
        } catch (error) {
            tell(`It could not be sent: ${error.message}`);
        } finally {
            buttons.forEach((button) => (button.disabled = false));
        }
    }

    function ask(form, method) {
        const headers = {"Accept": "text/html", [csrf.csrfHeaderName]: csrf.csrfToken};
        const parts = new FormData(form);
        for (const field of form.querySelectorAll("[data-header]")) {
            parts.delete(field.name);
            if (field.value.trim()) {
                headers[field.dataset.header] = field.value;
            }
        }
        return fetch(form.getAttribute("action"), {method, headers, body: body(form, parts, headers)});
    }

    function body(form, parts, headers) {
        if (form.querySelector("input[type=file]")) {
            return parts; // the browser writes its Content-Type
        }
        const content = form.querySelector("[data-override=content]");
        if (content) {
            headers["Content-Type"] = form.querySelector("[data-override=content-type]")?.value ?? "application/json";
        }
        return content?.value;
    }

    async function show(answer) {
        const text = await answer.text();
        if ((answer.headers.get("Content-Type") || "").startsWith("text/html")) {
            document.open();
            document.write(text);
            document.close();
            scroll(0, 0);
        } else {
            tell(`${answer.status} ${text}`);
        }
    }

    function tell(text) {
        const place = document.createElement("p");
        place.className = "alert alert-danger";
        place.setAttribute("role", "alert");
        place.textContent = text;
        document.getElementById("content").prepend(place);
        scroll(0, 0);
    }
}
