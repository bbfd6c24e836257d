"""How the page looks: sober, light and dark by what the reader prefers, black on white on paper."""

from __future__ import annotations

STYLE = """
:root{color-scheme:light dark;--ink:#1c1c1e;--soft:#6a6a70;--paper:#fff;--rule:#e1e1e4;--wash:#f6f6f7;
--c0:#1f5f99;--c1:#b8560b;--c2:#85858c;--c3:#55555b;--good:#1a6b3c;--fair:#8a6100;--bad:#a3232b}
@media (prefers-color-scheme:dark){:root{--ink:#e7e7ea;--soft:#a0a0a8;--paper:#16171a;--rule:#33353a;--wash:#202227;
--c0:#79b4ea;--c1:#f0a35e;--c2:#8f929a;--c3:#b4b6bd;--good:#6fcf97;--fair:#e3bb5b;--bad:#f08a8f}}
@media print{:root{color-scheme:light;--ink:#000;--soft:#444;--paper:#fff;--rule:#bbb;--wash:#fff;
--c0:#1f5f99;--c1:#b8560b;--c2:#777;--c3:#444;--good:#1a6b3c;--fair:#6a4a00;--bad:#a3232b}
section,figure,.card,tr{break-inside:avoid}section{break-inside:auto}a{color:inherit;text-decoration:none}
details>*{display:block}details::details-content{content-visibility:visible}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI","DejaVu Sans",sans-serif}
main{max-width:62rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:2rem;line-height:1.2;margin:0}h2{font-size:1.35rem;margin:3rem 0 .25rem;border-top:1px solid var(--rule);
padding-top:1.25rem}h2 span{font-weight:400;font-size:1rem;margin-left:.5rem}h3{font-size:1.05rem;
margin:1.5rem 0 .25rem}
p{margin:.4rem 0;max-width:46rem}ul,ol{margin:.5rem 0;padding-left:1.3rem}a{color:var(--c0)}code{font-size:.85em}
.doc{color:var(--soft);font-size:1.1rem;white-space:pre-line}.faint,figcaption,.legend{color:var(--soft);
font-size:.87rem}
.headline{font-size:1.05rem}.head{font-weight:600;margin-top:1.25rem}
.verdict{font-size:1.15rem;margin:1rem 0;padding:.6rem .9rem;border-left:5px solid;background:var(--wash);
max-width:none}
.verdict b{margin-right:.5rem}.good{border-color:var(--good)}.fair{border-color:var(--fair)}
.bad{border-color:var(--bad)}
.good b{color:var(--good)}.fair b{color:var(--fair)}.bad b{color:var(--bad)}
.numbers{display:flex;flex-wrap:wrap;align-items:center;gap:.5rem 1.25rem;margin-top:1rem}
.numbers>div:last-child{flex:1 1 18rem}.arrow{font-size:1.6rem;color:var(--soft)}
.big span,.tiles span{display:block;color:var(--soft);font-size:.87rem}
.big b{font-size:2.5rem;line-height:1.1;font-variant-numeric:tabular-nums}
.s0 b{color:var(--c0)}.s1 b{color:var(--c1)}.s2 b{color:var(--c2)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.75rem;margin:1rem 0}
.tiles>div{background:var(--wash);padding:.6rem .8rem;border-radius:4px}.tiles b{font-size:1.2rem}
.where{padding-left:1.1rem}.where li{margin:.2rem 0}
.wide{overflow-x:auto}table{border-collapse:collapse;margin:.75rem 0;font-size:.9rem;
font-variant-numeric:tabular-nums}
th{text-align:left;font-weight:600;border-bottom:1px solid var(--soft)}td{border-bottom:1px solid var(--rule)}
th,td{padding:.25rem .9rem .25rem 0;vertical-align:top}.n{text-align:right}
.small{display:grid;grid-template-columns:repeat(auto-fill,minmax(17rem,1fr));gap:0 1.5rem}
.beside{display:flex;flex-wrap:wrap;gap:1rem 2rem;align-items:flex-start}.beside>*{flex:1 1 18rem;min-width:0}
.beside>figure{max-width:40rem}figure{margin:1rem 0}figcaption{max-width:40rem}
.k{margin-right:1rem;white-space:nowrap}.k i{display:inline-block;width:1.1em;height:.25em;margin:0 .4em .2em 0}
.k0{background:var(--c0)}.k1{background:var(--c1)}.k2{background:var(--c2)}.k3{background:var(--c3)}
.cards{display:flex;flex-wrap:wrap;gap:.75rem}.card{border:1px solid var(--rule);border-radius:4px;padding:.5rem;
width:11rem;font-size:.82rem;overflow-wrap:anywhere}.card p{margin:.35rem 0 0;line-height:1.35}
.card img{width:100%;max-height:9rem;object-fit:contain;image-rendering:pixelated;background:var(--wash);
display:block}
.broad{width:29rem;max-width:100%}.broad img{image-rendering:auto;max-height:28rem}
.card audio{width:100%;height:2rem}
.card:has(dl){width:15rem}.card dl{display:grid;grid-template-columns:minmax(0,3fr) minmax(0,2fr);gap:0 .5rem;margin:0;
max-height:11rem;
overflow:auto}.card dt{color:var(--soft);overflow:hidden;text-overflow:ellipsis}
.card dd{margin:0;text-align:right;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
details{margin:.75rem 0}summary{cursor:pointer;color:var(--c0)}
svg{width:100%;height:auto;display:block}svg text{fill:var(--ink);font-size:11.5px}svg .l{fill:var(--soft);
font-size:12px}
svg .w{fill:#fff}svg path{fill:none}svg .g{stroke:var(--rule)}svg .a{stroke:var(--soft)}svg .d{stroke-dasharray:5 4}
svg .c0{stroke:var(--c0);stroke-width:1.8}svg .c1{stroke:var(--c1);stroke-width:1.8}
svg .c2{stroke:var(--c2);stroke-width:1.8}svg .c3{stroke:var(--c3);stroke-width:1.2}
svg .b0{fill:var(--c0);fill-opacity:.25}svg .b1{fill:var(--c1);fill-opacity:.25}
svg .b2{fill:var(--c2);fill-opacity:.25}svg .b3{fill:var(--c3);fill-opacity:.25}
svg .p0{fill:var(--c0)}svg .p1{fill:var(--c1)}svg .p2{fill:var(--c2)}svg .p3{fill:var(--c3)}
svg .f{fill-opacity:.35}svg .m{fill:var(--c0);stroke:var(--rule);stroke-width:.5}
@media (prefers-color-scheme:dark){svg .w{fill:#10131a}}
@media print{svg .w{fill:#fff}.card dl{max-height:none}}
""".replace("\n", "")
