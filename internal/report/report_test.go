package report_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"cocostat/internal/browsertest"
	"cocostat/internal/charts"
	"cocostat/internal/report"
)

// Names that would run a script, or ask for an image, if they were not escaped.
var hostile = []string{`<script>window.hacked = 1</script>`, `"><img src=hacked.png onerror="window.hacked = 1">`}

// sample is a report of four classes, two of them with hostile names. By their
// ids the classes have 30, 2, 10 and 1,200 instances.
func sample() report.Data {
	names := []string{hostile[0], hostile[1], "cat", "zebra" + strings.Repeat("_crossing", 30)}
	instances, images := []int64{30, 2, 10, 1200}, []int64{20, 2, 9, 100}
	d := report.Data{
		Title:     "instances_" + strings.Repeat("long", 60) + ".json",
		Totals:    []report.Fact{{"images", "110"}, {"instances", "1,242"}},
		Imbalance: []report.Fact{{"largest class / smallest", "600.0"}},
		Charts: &charts.Data{Names: names, Instances: instances, Images: images,
			Tail: []bool{false, true, false, false}, Alpha: []float64{10.35, 155.25, 31.05, 0.25875},
			Objects: []int32{0, 5, 12, 100}, Boxes: charts.Grid{Low: 3, Step: 0.5, Cells: [][]int64{{4, 9}, {0, 700}}},
			Together: []charts.Pair{{A: 0, B: 1, Images: 2}, {A: 2, B: 3, Images: 9}}},
		Problems: []report.Problem{{"note", 3, "images without annotations", []string{"id 9, byte 77"}},
			{"error", 1, "annotations of an unknown image, not counted", []string{hostile[0]}}},
		Sources: []report.Source{{"/data/" + strings.Repeat("x", 150) + ".json", 12345, strings.Repeat("0f", 32)}},
		Version: "v1.2.3", Time: time.Date(2026, 3, 4, 15, 6, 0, 0, time.UTC),
	}
	for i, name := range names {
		d.Classes = append(d.Classes, report.Class{ID: int64(i + 1), Name: name, Instances: instances[i], Images: images[i],
			Alpha: d.Charts.Alpha[i], Group: map[bool]string{true: "tail", false: "head"}[d.Charts.Tail[i]],
			Width: []float64{300, math.NaN(), 1020.5, 20.25}[i], Height: math.NaN()})
	}
	return d
}

// ids is the column of ids as it is shown.
const ids = `[...document.querySelectorAll("#class-table tbody tr")].filter(r => !r.hidden).map(r => r.cells[0].textContent.trim()).join(" ")`

// header is the header cell of a column.
func header(name string) string {
	return fmt.Sprintf(`[...document.querySelectorAll("#class-table thead th")].find(h => h.textContent.trim() === %q)`, name)
}

func TestSortAndFilter(t *testing.T) {
	b := open(t, sample())
	b.Show(1200, 900)
	order := func(what, want string) {
		t.Helper()
		if got := browsertest.Eval[string](b.Tab, ids); got != want {
			t.Errorf("%s: classes %s, want %s", what, got, want)
		}
	}
	sorted := func(name, want string) {
		t.Helper()
		if got := browsertest.Eval[string](b.Tab, header(name)+`.getAttribute("aria-sort")`); got != want {
			t.Errorf("column %s is sorted %q, want %q", name, got, want)
		}
		if n := browsertest.Eval[int](b.Tab, `document.querySelectorAll("[aria-sort]").length`); n != 1 {
			t.Errorf("%d columns say that they are sorted, want 1", n)
		}
	}
	click := func(name string) {
		browsertest.Eval[bool](b.Tab, header(name)+`.querySelector("button").click(), true`)
	}
	order("at first", "4 1 3 2")
	sorted("instances", "descending")
	click("images")
	order("by images", "4 1 3 2")
	click("images")
	order("by images again", "2 3 1 4")
	sorted("images", "ascending")
	click("class") // punctuation, then letters
	order("by name", "2 1 3 4")
	sorted("class", "ascending")
	click("weight α")
	order("by weight", "2 3 1 4")
	click("instances")
	order("by instances", "4 1 3 2")
	click("width")
	order("by width", "3 1 4 2") // 1,020.5, 300, 20.25, none
	click("width")
	order("by width again", "4 1 3 2")

	browsertest.Eval[bool](b.Tab, header("id")+`.querySelector("button").focus(), true`)
	b.Do(chromedp.KeyEvent("\r"))
	order("Enter on id", "4 3 2 1")
	sorted("id", "descending")
	b.Do(chromedp.KeyEvent(" "))
	order("the space bar on id", "1 2 3 4")

	b.Do(chromedp.SendKeys(chromedp.CSS("#words"), "CA"))
	order("filter CA", "3")
	if got := browsertest.Eval[string](b.Tab, `document.querySelector("#shown").value`); got != "1 of 4" {
		t.Errorf("shown: %q, want 1 of 4", got)
	}
	browsertest.Eval[bool](b.Tab, `words.value = "", group.value = "tail", group.dispatchEvent(new Event("input")), true`)
	order("the tail", "2")
	b.quiet()
}

func TestHostileNames(t *testing.T) {
	b := open(t, sample())
	b.Show(1200, 900)
	if got := browsertest.Eval[string](b.Tab, `typeof window.hacked`); got != "undefined" {
		t.Error("a name was run as a script")
	}
	if n := browsertest.Eval[int](b.Tab, `document.images.length + document.scripts.length`); n != 1 {
		t.Errorf("%d images and scripts, want the page's one script", n)
	}
	for i, name := range hostile {
		row := fmt.Sprintf(`[...document.querySelectorAll("#class-table tbody tr")].find(r => r.cells[0].textContent.trim() === "%d")`, i+1)
		if got := browsertest.Eval[string](b.Tab, row+`.cells[1].textContent.trim()`); got != name {
			t.Errorf("name %q, want %q", got, name)
		}
	}
	if !browsertest.Eval[bool](b.Tab, `[...document.querySelectorAll("figure text")].some(t => t.textContent.startsWith("<script>"))`) {
		t.Error("the name is in no picture")
	}
	b.quiet()
	for what, expression := range map[string]string{
		"a request": `fetch("/probe").then(() => "done", () => "refused")`,
		"an image":  `new Promise(done => { const i = new Image(); i.onload = () => done("done"); i.onerror = () => done("refused"); i.src = "/probe"; })`,
		"a script":  `(() => { const s = document.createElement("script"); s.textContent = "window.hacked = 2"; document.body.append(s); return window.hacked ? "done" : "refused" })()`,
	} {
		if got := browsertest.Eval[string](b.Tab, expression); got != "refused" {
			t.Errorf("%s was %s", what, got)
		}
	}
	if slices.Contains(b.served, "/probe") {
		t.Error("a request left the page")
	}
}

func TestWithoutScripts(t *testing.T) {
	b := open(t, sample())
	b.DisableScripts()
	b.Show(1200, 900)
	if got := browsertest.Eval[string](b.Tab, ids); got != "4 1 3 2" {
		t.Errorf("classes %s, want them by instances", got)
	}
	if n := browsertest.Eval[int](b.Tab, `document.querySelectorAll("button").length`); n != 0 {
		t.Errorf("%d buttons that do nothing", n)
	}
	if browsertest.Eval[int](b.Tab, `document.querySelector("#filter").offsetHeight`) != 0 {
		t.Error("the filter shows, which does nothing")
	}
	b.quiet()
}

func TestPhone(t *testing.T) {
	b := open(t, sample())
	for _, width := range []int64{390, 320, 800, 1600} {
		b.Show(width, 844)
		if got := browsertest.Eval[int64](b.Tab, `document.documentElement.scrollWidth`); got > width {
			t.Errorf("the page is %d pixels wide on a screen of %d", got, width)
		}
		shown := browsertest.Eval[string](b.Tab, `[...document.querySelectorAll("figure.classes svg")].filter(s => s.getBoundingClientRect().width > 0).map(s => s.parentNode.className).join(" ")`)
		if want := map[bool]string{true: "narrow", false: "wide"}[width < 760]; shown != want {
			t.Errorf("at %d pixels the %q picture shows, want %s", width, shown, want)
		}
		if width < 400 && !browsertest.Eval[bool](b.Tab, `(s => s.scrollWidth > s.clientWidth)(document.querySelector(".scroll"))`) {
			t.Errorf("at %d pixels the table does not scroll in its box", width)
		}
	}
	b.quiet()
}

// Texts have a contrast of at least 4.5 to their ground (WCAG 2.2, 1.4.3), as
// light on dark or the other way round, in the pictures too.
func TestDarkAndLight(t *testing.T) {
	b := open(t, sample())
	for _, scheme := range []string{"light", "dark"} {
		b.Media("screen", scheme)
		b.Show(1200, 900)
		ground := luminance(t, browsertest.Eval[string](b.Tab, `getComputedStyle(document.body).backgroundColor`))
		if (ground < 0.2) != (scheme == "dark") {
			t.Errorf("%s: the ground has luminance %v", scheme, ground)
		}
		for _, what := range []string{
			`(document.querySelector("h1")).color`, `(document.querySelector("dt")).color`, `(document.querySelector("nav a")).color`,
			`(document.querySelector("tbody td")).color`, `(document.querySelector("thead th")).color`, `(document.querySelector(".severity.error")).color`,
			`(document.querySelector("figure.classes text")).fill`, `(document.querySelector("figure.objects text:last-of-type")).fill`,
		} {
			text := luminance(t, browsertest.Eval[string](b.Tab, "getComputedStyle"+what))
			if contrast := (max(text, ground) + 0.05) / (min(text, ground) + 0.05); contrast < 4.5 {
				t.Errorf("%s: contrast of %s is %.2f", scheme, what, contrast)
			}
		}
	}
	b.Media("print", "dark")
	if got := browsertest.Eval[string](b.Tab, `getComputedStyle(document.body).backgroundColor`); got != "rgb(255, 255, 255)" {
		t.Errorf("printed on %s, want white", got)
	}
	if got := browsertest.Eval[string](b.Tab, `getComputedStyle(document.querySelector(".scroll")).maxHeight`); got != "none" {
		t.Errorf("printed tables are cut off at %s", got)
	}
	b.quiet()
}

// luminance is the relative luminance of "rgb(r, g, b)" by WCAG 2.2.
func luminance(t *testing.T, color string) float64 {
	t.Helper()
	var rgb [3]float64
	if _, err := fmt.Sscanf(color, "rgb(%f, %f, %f)", &rgb[0], &rgb[1], &rgb[2]); err != nil {
		t.Fatalf("colour %q: %v", color, err)
	}
	for i, v := range rgb {
		if v /= 255; v <= 0.04045 {
			rgb[i] = v / 12.92
		} else {
			rgb[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*rgb[0] + 0.7152*rgb[1] + 0.0722*rgb[2]
}

func TestText(t *testing.T) {
	var page bytes.Buffer
	if err := report.Write(&page, sample()); err != nil {
		t.Fatal(err)
	}
	text := page.String()
	for _, want := range []string{"1,242", "600.0", "1,200", "155.2", "20.2", "–", "Made by cocostat v1.2.3", "4 March 2026, 15:06", "12,345 bytes", "id 9, byte 77"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Index(text, "unknown image") > strings.Index(text, "images without annotations") {
		t.Error("the note stands before the error")
	}
	if outside := regexp.MustCompile(`(?i)(src|href|url)\s*[=(]\s*["']?(https?:|//)`).FindString(text); outside != "" {
		t.Errorf("the page refers to something outside: %s", outside)
	}
}

func TestEmpty(t *testing.T) {
	b := open(t, report.Data{Title: "empty.json", Charts: &charts.Data{}})
	b.Show(1200, 900)
	if got := browsertest.Eval[string](b.Tab, `document.querySelector("section[aria-labelledby=problems] p").textContent`); got != "None found." {
		t.Errorf("problems: %q", got)
	}
	b.quiet()
	if err := report.Write(new(bytes.Buffer), report.Data{}); err != nil {
		t.Errorf("no pictures: %v", err)
	}
}

// 1,203 classes, the number of LVIS, fit into 2 MB.
func TestSize(t *testing.T) {
	d := sample()
	c := &charts.Data{Objects: d.Charts.Objects, Boxes: d.Charts.Boxes}
	d.Charts, d.Classes = c, nil
	for i := range 1203 {
		name, n := fmt.Sprintf("class_with_a_name_%d_(object)", i), int64(50000/(i+1)+1)
		c.Names, c.Instances, c.Images = append(c.Names, name), append(c.Instances, n), append(c.Images, n)
		c.Tail, c.Alpha = append(c.Tail, i > 300), append(c.Alpha, 41/float64(n))
		for j := range i {
			c.Together = append(c.Together, charts.Pair{A: int32(j), B: int32(i), Images: 3})
		}
		d.Classes = append(d.Classes, report.Class{ID: int64(i), Name: name, Supercategory: "things", Instances: n, Images: n, Crowd: 100,
			Share: 0.1, Frequency: 0.1, Small: n, Medium: n, Large: n, Width: 1234.5, Height: 1234.5, Alpha: c.Alpha[i], Group: "tail"})
	}
	var page bytes.Buffer
	if err := report.Write(&page, d); err != nil {
		t.Fatal(err)
	}
	if page.Len() > 2e6 {
		t.Errorf("the page has %d bytes", page.Len())
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestWriteFails(t *testing.T) {
	if err := report.Write(full{}, sample()); err == nil {
		t.Error("no error")
	}
}
