// ?tab=compare&section=NAME
const asked = new URLSearchParams(window.location.search);
const section = asked.get("tab") === "compare" && document.getElementById(`compare-${asked.get("section")}`);
if (section) window.keepInSight(section);
