package charts

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg/draw"
)

// Colours as the pictures have them; see theme.go.
const headColor, tailColor = "#2f6299", "#f0a63c"

func svgOf(t *testing.T, d *Data, p Panel, width, height float64) *picture {
	t.Helper()
	var b bytes.Buffer
	if err := writePanel(&b, "svg", d, p, width, height); err != nil {
		t.Fatal(err)
	}
	return parse(t, b.String())
}

// many are n classes with 50,000 to 1 instances, the rarer half in the tail.
func many(n int) *Data {
	d := &Data{Title: "many.json"}
	for i := range n {
		d.Names = append(d.Names, fmt.Sprintf("class_%d", i))
		d.Instances = append(d.Instances, int64(50000/(i+1)))
		d.Images = append(d.Images, d.Instances[i])
		d.Tail = append(d.Tail, i >= n/2)
		d.Alpha = append(d.Alpha, float64(i+1)/100)
		d.Objects = append(d.Objects, int32(i))
		for j := range min(i, 40) {
			d.Together = append(d.Together, Pair{int32(j), int32(i), int64(j + 1)})
		}
	}
	d.Boxes = Grid{Low: -2, Step: 0.5, Cells: [][]int64{{0, 1, 5}, {2, 300, 0}, {0, 0, 70000}}}
	return d
}

// The axis starts at 0.5, half the decade of the rarest class, so that bars of
// 100 and 1 are log(200) and log(2) high.
func TestBarsAreLogarithmic(t *testing.T) {
	d := &Data{Names: []string{"rare", "often"}, Instances: []int64{1, 100}, Tail: []bool{true, false}}
	p := svgOf(t, d, Classes, 800, 400)
	often, rare := p.filled(headColor), p.filled(tailColor)
	if len(often) != 2 || len(rare) != 2 { // each with its swatch in the legend
		t.Fatalf("%d and %d rectangles of the head and the tail, want 2 and 2", len(often), len(rare))
	}
	near(t, "height of 100 / height of 1", float64(often[1].Size().Y/rare[1].Size().Y), math.Log(200)/math.Log(2), 0.01)
	near(t, "place of the name", p.text(t, "often").x, float64(often[1].Min.X+often[1].Max.X)/2, 0.5)
	if often[1].Max.X > rare[1].Min.X {
		t.Error("the rare class stands before the frequent one")
	}
	near(t, "top of 100", float64(often[1].Min.Y), p.text(t, "100").y, 1.5)
	p.text(t, "head, 1 class")
}

// α of 1 and 10 lie at the marks 1 and 10 of the right axis, in the order of
// the bars.
func TestWeightsHaveTheirAxis(t *testing.T) {
	d := &Data{Names: []string{"rare", "often", "never"}, Instances: []int64{30, 300, 0}, Alpha: []float64{10, 1, math.NaN()}}
	p := svgOf(t, d, Classes, 800, 400)
	p.text(t, "not shown: 1 class without instances")
	for _, s := range p.paths {
		if s.color != "#1f2328" || len(s.line) != 2 || s.line[0].Y == s.line[1].Y {
			continue
		}
		for i, mark := range []string{"1", "10"} {
			place := label{}
			for _, l := range p.texts { // the left axis may have the same words
				if l.words == mark && l.x > 700 {
					place = l
				}
			}
			near(t, "height of α = "+mark, float64(s.line[i].Y), place.y, 1.5)
		}
		near(t, "middle of the first bar", float64(s.line[0].X), p.text(t, "often").x, 0.5)
		return
	}
	t.Error("there is no line")
}

// Cell 10 begins at 2^(−2+10/2) = 8 pixels, cell 12 at 16.
func TestBoxesLieAtTheirSizes(t *testing.T) {
	cells := make([][]int64, 32)
	for i := range cells {
		cells[i] = make([]int64, 32)
	}
	cells[12][10] = 7
	p := svgOf(t, &Data{Boxes: Grid{Low: -2, Step: 0.5, Cells: cells}}, BoxSizes, 400, 400)
	marks := p.filled("#11386a") // the last colour: the most there is
	if len(marks) != 2 {
		t.Fatalf("%d rectangles, want the cell and its colour in the legend", len(marks))
	}
	var eight, sixteen label
	for _, l := range p.texts {
		if l.words == "8" && l.y > 350 {
			eight = l
		}
		if l.words == "16" && l.x < 80 {
			sixteen = l
		}
	}
	near(t, "left edge", float64(marks[1].Min.X), eight.x, 1)
	near(t, "lower edge", float64(marks[1].Max.Y), sixteen.y, 1.5)
	p.text(t, "7 boxes in a cell")
}

// 200 images: the 198th, 99 %, has 2 objects.
func TestHistogram(t *testing.T) {
	objects := slices.Concat(slices.Repeat([]int32{2}, 78), slices.Repeat([]int32{0}, 20), slices.Repeat([]int32{1}, 100), []int32{500, 9})
	h := newHistogram(objects)
	if !slices.Equal(h.bars, []int64{100, 78, 2}) || !h.more || h.negative != 20 || h.step != 1 || h.median != 1 {
		t.Errorf("histogram %+v", h)
	}
	p := svgOf(t, &Data{Objects: objects}, ObjectsPerImage, 400, 300)
	for _, words := range []string{"180 with objects", "20 without objects", "median 1", "0", "1", "≥ 3"} {
		p.text(t, words)
	}
	// Of 1 … 1,000, the 990 least in bars of 50: 1–50, …, 951–1000.
	objects = objects[:0]
	for i := range int32(1000) {
		objects = append(objects, i+1)
	}
	h = newHistogram(objects)
	if len(h.bars) != 20 || h.step != 50 || h.bars[0] != 50 || h.bars[19] != 50 || h.more || h.median != 500.5 {
		t.Errorf("histogram %+v", h)
	}
}

// Of three classes two pairs meet: four cells, mirrored at the diagonal. By
// instances their order is b, c, a.
func TestCooccurrence(t *testing.T) {
	d := &Data{Names: []string{"a", "b", "c"}, Instances: []int64{1, 9, 5}, Together: []Pair{{0, 1, 1}, {1, 2, 64}}}
	p := svgOf(t, d, Cooccurrence, 400, 400)
	few, most := p.filled("#e1ebf4"), p.filled("#11386a")
	if len(few) != 3 || len(most) != 3 {
		t.Fatalf("%d and %d rectangles, want two cells each and one in the legend", len(few), len(most))
	}
	size := float64(few[1].Size().X) + 1 // and the gap
	near(t, "square", float64(few[1].Size().X), float64(few[1].Size().Y), 0.05)
	near(t, "a is two to the right of b", float64(few[1].Min.X), float64(most[2].Min.X)+size, 1)
	near(t, "mirrored", float64(few[1].Min.X-few[2].Min.X), float64(few[2].Min.Y-few[1].Min.Y), 0.05)
	near(t, "mirrored", float64(most[1].Min.X-most[2].Min.X), float64(most[2].Min.Y-most[1].Min.Y), 0.05)
	d = many(80)
	p = svgOf(t, d, Cooccurrence, 600, 600)
	p.text(t, "class_29")
	for _, l := range p.texts {
		if l.words == "class_30" {
			t.Error("more than 30 classes")
		}
	}
	d.Top = 5
	for _, l := range svgOf(t, d, Cooccurrence, 600, 600).texts {
		if l.words == "class_5" {
			t.Error("more than Top classes")
		}
	}
}

// Names side by side never touch, and as many as fit are there.
func TestNamesFit(t *testing.T) {
	for n, atLeast := range map[int]int{1: 1, 3: 3, 80: 80, 1203: 60} {
		p := svgOf(t, many(n), Classes, 1200, 400)
		var at []float64
		for _, l := range p.texts {
			if strings.HasPrefix(l.words, "class_") {
				at = append(at, l.x)
			}
		}
		if len(at) < atLeast {
			t.Errorf("%d of %d classes named, want %d", len(at), n, atLeast)
		}
		for i := 1; i < len(at); i++ {
			if at[i]-at[i-1] < smallSize {
				t.Fatalf("%d classes: names only %.1f pixels apart", n, at[i]-at[i-1])
			}
		}
	}
}

// Every name is in the file as it is, markup included.
func TestNamesAreEscaped(t *testing.T) {
	names := []string{`<b>&"'`, "naïve 猫", "line\nbreak", "\xff"}
	d := &Data{Names: names, Instances: []int64{4, 3, 2, 1}}
	p := svgOf(t, d, Classes, 800, 400)
	for _, want := range []string{`<b>&"'`, "naïve 猫", "line\ufffdbreak", "\ufffd"} {
		p.text(t, want)
	}
	parse(t, Inline(d, Classes, 800, 400))
}

func TestPNG(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, "png", many(80)); err != nil {
		t.Fatal(err)
	}
	im, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	if size := im.Bounds().Size(); size != image.Pt(2400, 1800) {
		t.Fatalf("size %v", size)
	}
	// Each quarter of the width and each half of the height has something in it.
	for y := range 2 {
		for x := range 4 {
			part := image.Rect(x*600, y*900, (x+1)*600, (y+1)*900)
			if inked := countUnlike(im, part, 0xffff); inked < 600*900/50 {
				t.Errorf("only %d dots in %v", inked, part)
			}
		}
	}
	if corner := countUnlike(im, image.Rect(0, 0, 40, 1800), 0xffff); corner != 0 {
		t.Errorf("%d dots in the margin", corner)
	}
}

func countUnlike(im image.Image, part image.Rectangle, white uint32) int {
	n := 0
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if r, g, b, _ := im.At(x, y).RGBA(); r != white || g != white || b != white {
				n++
			}
		}
	}
	return n
}

// Whatever is missing, there is a picture, and it says so.
func TestLittleData(t *testing.T) {
	one := &Data{Names: []string{"only"}, Instances: []int64{1}, Images: []int64{1}, Objects: []int32{1}, Tail: []bool{true}, Alpha: []float64{1}}
	zero := &Data{Names: []string{"a", "b"}, Instances: []int64{0, 0}, Objects: []int32{0, 0}, Alpha: []float64{math.NaN(), math.NaN()},
		Boxes: Grid{Low: -2, Step: 0.5, Cells: make([][]int64, 3)}}
	huge := &Data{Names: []string{strings.Repeat("W", 500), "b"}, Instances: []int64{math.MaxInt64, 1}, Objects: []int32{math.MaxInt32, 0},
		Alpha: []float64{1e-300, math.Inf(1)}, Together: []Pair{{0, 1, math.MaxInt64}}, Boxes: Grid{Step: 0.5, Cells: [][]int64{{math.MaxInt64}}}}
	wide := &Data{Names: []string{"a", "b", "c"}, Instances: []int64{3, 2, 1}, Alpha: []float64{1e-99, 1, 1e99}}
	notes := map[Panel]string{Classes: "no instances", ObjectsPerImage: "no images", BoxSizes: "no boxes", Cooccurrence: "no two classes in one image"}
	for name, d := range map[string]*Data{"nothing": {}, "one": one, "zero": zero, "huge": huge, "wide": wide, "80": many(80), "1203": many(1203)} {
		for panel, note := range notes {
			for _, size := range [][2]float64{{1080, 400}, {350, 380}, {120, 100}} {
				p := parse(t, Inline(d, panel, size[0], size[1]))
				if name == "nothing" {
					p.text(t, note)
				}
				if strings.Contains(fmt.Sprint(p), "NaN") || strings.Contains(fmt.Sprint(p), "Inf") {
					t.Errorf("%s, %v: NaN or Inf", name, panel)
				}
			}
		}
		var b bytes.Buffer
		if err := Write(&b, "svg", d); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		parse(t, b.String())
	}
}

// In grey, the head and the tail differ by 3 to 1 (WCAG 2.2, 1.4.11, for
// graphics), and the steps of heat leave the paper one after the other.
func TestColorsInGrey(t *testing.T) {
	light := func(p paint) uint32 { return p.light }
	dark := func(p paint) uint32 { return p.dark }
	for name, of := range map[string]func(paint) uint32{"light": light, "dark": dark} {
		if c := contrast(of(head), of(tail)); c < 3 {
			t.Errorf("%s: contrast of head and tail is %.2f", name, c)
		}
		last := 1.0
		for _, p := range heat {
			c := contrast(of(p), of(paper))
			if c < last+0.15 {
				t.Errorf("%s: contrast %.2f of %s to the paper after %.2f", name, c, p.role, last)
			}
			last = c
		}
		if declared := Properties(name == "dark"); !strings.Contains(declared, fmt.Sprintf("--chart-tail:#%06x;", of(tail))) {
			t.Errorf("%s: %s", name, declared)
		}
	}
}

func contrast(a, b uint32) float64 {
	luminance := func(rgb uint32) float64 {
		sum := 0.0
		for i, weight := range []float64{0.0722, 0.7152, 0.2126} {
			v := float64(rgb>>(8*i)&255) / 255
			if v <= 0.04045 {
				sum += weight * v / 12.92
			} else {
				sum += weight * math.Pow((v+0.055)/1.055, 2.4)
			}
		}
		return sum + 0.05
	}
	x, y := luminance(a), luminance(b)
	return max(x, y) / min(x, y)
}

func TestFormat(t *testing.T) {
	for path, want := range map[string]string{"a.png": "png", "b/C.SVG": "svg"} {
		if got, err := Format(path); got != want || err != nil {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	for _, path := range []string{"a.jpg", "png", "a.png/"} {
		if _, err := Format(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v", path, err)
		}
	}
	if err := Write(new(bytes.Buffer), "gif", &Data{}); err == nil {
		t.Error("format gif: no error")
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestWriteFails(t *testing.T) {
	for _, format := range Formats {
		if err := writePanel(full{}, format, many(3), Classes, 200, 100); err == nil {
			t.Errorf("%s: no error", format)
		}
	}
}

// writePanel writes one panel with its title.
func writePanel(w io.Writer, format string, d *Data, p Panel, width, height float64) error {
	return write(w, format, width, height, func(c draw.Canvas) { drawTitled(d, p, inset(c, margin)) })
}
