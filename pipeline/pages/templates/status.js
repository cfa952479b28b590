"use strict";
(function () {
  var root = document.documentElement;
  var at = Number(root.dataset.at), limit = Number(root.dataset.limit);
  var news = document.getElementById("news");
  var words = {dateStyle: "medium", timeStyle: "short"};
  document.querySelectorAll("time").forEach(function (one) {
    one.textContent = new Date(one.dateTime).toLocaleString([], words);
  });
  function look() {
    if (!limit || Date.now() / 1000 - at <= limit) { return; }
    root.dataset.state = "off";
    document.title = "Address folder: " + document.querySelector("h1 .off").textContent;
  }
  look();
  setInterval(look, 10000);
  document.querySelector(".news").hidden = false;
  setInterval(function () {
    if (news.checked && !document.hidden) { location.reload(); }
  }, 30000);
})();
