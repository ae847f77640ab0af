// Beside what is made to be copied: a button that does it. Without scripts, and where the browser has no clipboard to
// give, one click on the text still selects all of it. The words are the page's: `data-copy` and `data-copied` of the
// root.
(() => {
  if (!navigator.clipboard) return;
  const { copy, copied } = document.documentElement.dataset;
  const said = document.createElement("p");
  said.className = "vh";
  said.setAttribute("role", "status");
  document.querySelector("main").append(said);
  for (const text of document.querySelectorAll(".copy, .cite")) {
    // A list is copied as a whole, by hand.
    if (text.closest("li")) continue;
    const words = text.textContent.trim();
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn sm copies";
    button.textContent = copy;
    button.setAttribute("aria-label", `${copy}: ${words}`);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(words);
        said.textContent = button.textContent = copied;
      } catch {
        getSelection().selectAllChildren(text);
      }
    });
    text.after(" ", button);
  }
})();
