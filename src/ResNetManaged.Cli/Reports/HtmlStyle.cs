namespace ResNetManaged.Cli.Reports;

/// <summary>A report's style sheet: light or dark, like the reader's system.</summary>
internal static class HtmlStyle
{
    public const string Sheet = """
        :root { color-scheme: light dark; --page: #fff; --ink: #1c2330; --faint: #667085; --line: #e3e7ee; --train: #2563c9; --valid: #d9640b;
          --right: 21, 128, 61; --wrong: 200, 30, 30 }
        @media (prefers-color-scheme: dark) {
          :root { --page: #14171c; --ink: #e6e9ef; --faint: #98a2b3; --line: #2c323c; --train: #6ea8ff; --valid: #ffa654; --right: 74, 190, 110;
            --wrong: 240, 90, 90 }
        }
        body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 1320px; margin: 2rem auto; padding: 0 1rem }
        h1 { font-size: 1.5rem }
        h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
        p, small, dt { color: var(--faint) }
        figure { margin: 0 }
        figcaption { font-weight: 600 }
        .figures { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; margin: 1rem 0 }
        .figures dd { margin: 0; font-size: 1.5rem; font-weight: 600 }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 1.5rem }
        .key { font-weight: 400; margin-left: 1rem }
        .key::before { content: ""; display: inline-block; width: 1em; height: 3px; margin-right: .4em; vertical-align: middle }
        .key.train::before { background: var(--train) }
        .key.valid::before { background: var(--valid) }
        svg { width: 100%; height: auto }
        svg line { stroke: var(--line) }
        svg path { fill: none; stroke-width: 2 }
        path.train { stroke: var(--train) }
        path.valid { stroke: var(--valid) }
        circle.train { fill: var(--train) }
        circle.valid { fill: var(--valid) }
        .tick { font-size: 12px; fill: var(--faint) }
        .mid { text-anchor: middle }
        .end { text-anchor: end }
        table { border-collapse: collapse }
        th, td { padding: .15rem .6rem; border-bottom: 1px solid var(--line) }
        th { font-weight: 400; text-align: left }
        td { text-align: right; font-variant-numeric: tabular-nums }
        td.text { text-align: left; overflow-wrap: anywhere }
        td.bar { width: 160px }
        .bar i { display: block; height: 8px; border-radius: 4px; background: rgb(var(--right)) }
        .wide { overflow-x: auto }
        .matrix td { text-align: center }
        .column span { writing-mode: vertical-rl }
        td.right { background: rgba(var(--right), calc(.75 * var(--share))) }
        td.wrong { background: rgba(var(--wrong), var(--share)) }
        .gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(170px, 1fr)); gap: 1.2rem }
        .gallery img { height: 128px; max-width: 100%; object-fit: contain; object-position: left }
        .gallery figcaption { font-weight: 400 }
        .gallery small { display: block; overflow-wrap: anywhere }
        """;
}
