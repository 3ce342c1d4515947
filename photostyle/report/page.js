"use strict";
const at = document.getElementById("at"), slider = document.getElementById("slider");
function slide() {
  slider.style.setProperty("--at", at.value + "%");
  at.setAttribute("aria-valuetext", Math.round(at.value) + " per cent before");
}
at.addEventListener("input", slide);
slide();

const command = document.getElementById("command"), copied = document.getElementById("copied");
document.getElementById("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(command.textContent);
    copied.textContent = "Copied.";
  } catch {
    getSelection().selectAllChildren(command);
    copied.textContent = document.execCommand("copy") ? "Copied." : "Selected; copy it with the keyboard.";
  }
});
