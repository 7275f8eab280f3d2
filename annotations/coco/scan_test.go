package coco

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"cocostat/annotations"
	"cocostat/annotations/coco/cocotest"
)

var bg = context.Background()

// checkAgainstReference compares counts with and without crowds, verdict and
// problems with those of the reference, and returns the instances that were
// compared. Texts that the reference cannot take apart must fail.
func checkAgainstReference(t *testing.T, text []byte, window int) int64 {
	t.Helper()
	read, err := tallyText(bytes.NewReader(text), window)
	ref, refErr := newReference(text, tokenLimit(window))
	if refErr != nil {
		if err == nil {
			_, err = annotations.Merge([]*annotations.Tally{read}, annotations.Options{})
		}
		if err == nil {
			t.Fatalf("window %d: no error, but the reference says: %v\n%q", window, refErr, text)
		}
		if syntax := new(*annotations.SyntaxError); errors.As(err, syntax) && json.Valid(bytes.TrimPrefix(text, bom)) {
			t.Fatalf("window %d: valid JSON refused: %v\n%q", window, err, text)
		}
		return 0
	}
	if err != nil {
		t.Fatalf("window %d: %v\n%q", window, err, text)
	}
	var instances int64
	for _, noCrowd := range []bool{false, true} {
		want := ref.counts(noCrowd)
		got, err := annotations.Merge([]*annotations.Tally{read}, annotations.Options{NoCrowd: noCrowd})
		if empty := new(*annotations.EmptyError); errors.As(err, empty) && want.TotalInstances == 0 {
			continue
		}
		if err != nil {
			t.Fatalf("window %d: %v\n%q", window, err, text)
		}
		if diff := cmp.Diff(want, cocotest.Comparable(got), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("window %d: counts differ (-want +got):\n%s\n%q", window, diff, text)
		}
		exact := []annotations.Kind{annotations.DuplicateList, annotations.UnreadableID, annotations.NoCategory, annotations.DuplicateImage, annotations.DuplicateCategory, annotations.DuplicateID, annotations.UnknownCategory, annotations.SameFileName, annotations.DuplicateBox}
		if got := cocotest.ProblemCount(got.Problems, annotations.NotAnObject) + cocotest.ProblemCount(got.Problems, annotations.BareName); got != ref.problems[annotations.NotAnObject] {
			t.Fatalf("window %d: %d elements are no objects, want %d\n%q", window, got, ref.problems[annotations.NotAnObject], text)
		}
		if got := cocotest.ProblemCount(got.Problems, annotations.UnknownImage) + cocotest.ProblemCount(got.Problems, annotations.FileNameAsID); got != ref.problems[annotations.UnknownImage] {
			t.Fatalf("window %d: %d annotations of unknown images, want %d\n%q", window, got, ref.problems[annotations.UnknownImage], text)
		}
		if cocotest.ProblemCount(got.Problems, annotations.DuplicateKey) == 0 { // the reference sees the last of them only
			exact = append(exact, annotations.StringID, annotations.TextID)
		}
		for _, kind := range exact {
			if got := cocotest.ProblemCount(got.Problems, kind); got != ref.problems[kind] {
				t.Fatalf("window %d: %s found %d times, want %d\n%q", window, kind, got, ref.problems[kind], text)
			}
		}
		instances += want.TotalInstances
	}
	return instances
}

// Windows so small that tokens, numbers and escapes fall across their ends.
var windows = []int{0, 61, 64, 200}

var generated = flag.Int("generated", 800, "number of files to generate for TestCountGenerated")

func TestCountGenerated(t *testing.T) {
	files := int64(*generated)
	var instances int64
	for seed := range uint64(files) {
		text := []byte(cocotest.Generate(rand.New(rand.NewPCG(seed, 1))))
		// The tokens that are looked at fit into each of these windows.
		instances += checkAgainstReference(t, text, []int{160, 200, 256, 4096}[seed%4])
	}
	if instances < 10*files {
		t.Errorf("only %d instances in %d files: the generator has gone wrong", instances, files)
	}
}

func TestTruncation(t *testing.T) {
	text := `{"info": {"a": [1.5e3, -20, true]}, "images": [{"id": 1, "file_name": "\u00e9\n.jpg"}],
"annotations": [{"id": 1, "image_id": 1, "category_id": 2, "segmentation": [[1.25,2.5,3,4.75,12345678.5]],
"iscrowd": false, "bbox": [0, 0, 1e1, 2]}], "categories": [{"id": 2, "name": "a", "supercategory": null}]}`
	for _, window := range windows {
		if _, err := countText(strings.NewReader(text), max(window, window*2), false); err != nil {
			t.Fatal(err)
		}
		for n := range len(text) {
			_, err := countText(strings.NewReader(text[:n]), window, false)
			syntax := new(*annotations.SyntaxError)
			if n == 0 {
				if format := new(*annotations.FormatError); !errors.As(err, format) || !strings.Contains(err.Error(), "empty") {
					t.Errorf("no bytes: error %v", err)
				}
				continue
			}
			if !errors.As(err, syntax) {
				t.Fatalf("window %d, %d bytes: error %v, want a syntax error", window, n, err)
			}
			if e := *syntax; e.Offset != int64(n) || e.File != "test.json" || !strings.Contains(e.Msg, "truncated") {
				t.Errorf("window %d, %d bytes: %v", window, n, err)
			}
		}
	}
}

func TestErrorPlaces(t *testing.T) {
	for _, test := range []struct {
		text                 string
		offset, line, column int64
		msg                  string
	}{
		{"{\"a\": 01}", 7, 1, 8, "starts with 0"},
		{"{\n \"a\": 1,\n}", 11, 3, 1, "after ','"},
		{"{\r\n\"a\": tru}", 11, 2, 9, "expected true, found '}'"},
		{"{\"é\": nul}", 10, 1, 11, "expected null"},
		{"{\"a\": NaN}", 6, 1, 7, "NaN, which is not JSON"},
		{"{\"a\": -Infinity}", 7, 1, 8, "a digit"},
		{"{'a': 1}", 1, 1, 2, "single quote"},
		{"{\"a\": \"x\ny\"}", 8, 1, 9, "control characters"},
		{"{\"a\": \"\\x\"}", 8, 1, 9, "after a backslash"},
		{"{\"a\": \"\\u12g4\"}", 11, 1, 12, "four hexadecimal digits"},
		{"{\"a\" 1}", 5, 1, 6, "expected ':'"},
		{"{\"a\": 1} x", 9, 1, 10, "end of the file"},
		{"{\"images\": []}\n{}", 15, 2, 1, "end of the file"},
		{"{\"a\": 1 // one\n}", 8, 1, 9, "comments"},
		{"{\"a\": 1.}", 8, 1, 9, "a digit"},
		{"{\"images\": [{\"id\": 1},]}", 22, 1, 23, "after ','"},
		{"{\"images\": [{\"id\": 1,}]}", 21, 1, 22, "after ','"},
		{"{\"annotations\": [{\"bbox\": [1,,2]}]}", 29, 1, 30, "expected a value, found ','"},
	} {
		for _, window := range windows {
			_, err := countText(strings.NewReader(test.text), window, false)
			e := new(*annotations.SyntaxError)
			if !errors.As(err, e) {
				t.Errorf("%q: error %v", test.text, err)
				continue
			}
			if (*e).Offset != test.offset || (*e).Line != test.line || (*e).Column != test.column || !strings.Contains((*e).Msg, test.msg) {
				t.Errorf("window %d: %q: %v, want byte %d, line %d, column %d, %q", window, test.text, err, test.offset, test.line, test.column, test.msg)
			}
		}
	}
}

// Lines far beyond the window are still counted, and so are the columns of a
// line that starts far before it.
func TestErrorPlaceFarIn(t *testing.T) {
	text := "{\"a\": [" + strings.Repeat("\n1.5,", 1000) + "\n   x]}"
	_, err := countText(strings.NewReader(text), 64, false)
	e := new(*annotations.SyntaxError)
	if !errors.As(err, e) || (*e).Line != 1002 || (*e).Column != 4 || (*e).Offset != int64(strings.Index(text, "x")) {
		t.Errorf("error %v", err)
	}
	_, err = countText(strings.NewReader("{\n"+strings.Repeat(" ", 500)+"x"), 64, false)
	if !errors.As(err, e) || (*e).Line != 2 || (*e).Column != 501 || (*e).Offset != 502 {
		t.Errorf("error %v", err)
	}
}

func TestReadersOfOddPieces(t *testing.T) {
	for seed := range uint64(50) {
		text := cocotest.Generate(rand.New(rand.NewPCG(seed, 3)))
		want, wantErr := countText(strings.NewReader(text), 0, false)
		for name, r := range map[string]io.Reader{
			"one byte":      iotest.OneByteReader(strings.NewReader(text)),
			"halves":        iotest.HalfReader(strings.NewReader(text)),
			"data with EOF": iotest.DataErrReader(strings.NewReader(text)),
		} {
			got, err := countText(r, 0, false)
			if fmt.Sprint(err) != fmt.Sprint(wantErr) {
				t.Fatalf("seed %d, %s: error %v, want %v", seed, name, err, wantErr)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("seed %d, %s: differs (-want +got):\n%s", seed, name, diff)
			}
		}
	}
}

func TestReadErrors(t *testing.T) {
	broken := errors.New("broken cable")
	err := Scan(bg, io.MultiReader(strings.NewReader(`{"a": [1, 2`), iotest.ErrReader(broken)), "far.json", annotations.Visitor{})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "far.json") {
		t.Errorf("error %v", err)
	}
	text := cocotest.Generate(rand.New(rand.NewPCG(9, 9)))
	for n := range len(text) {
		r := io.MultiReader(strings.NewReader(text[:n]), iotest.ErrReader(broken))
		if _, err := tallyText(r, 40); !errors.Is(err, broken) {
			t.Fatalf("error %v after %d bytes", err, n)
		}
	}
	if err := Scan(bg, emptyReader{}, "stuck.json", annotations.Visitor{}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("error of a reader that gives nothing: %v", err)
	}
	ctx, cancel := context.WithCancel(bg)
	cancel()
	if err := Scan(ctx, strings.NewReader("{}"), "x", annotations.Visitor{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error of a cancelled scan: %v", err)
	}
	stop := errors.New("enough")
	v := annotations.Visitor{Image: func(*annotations.Image) error { return stop }}
	if err := Scan(bg, strings.NewReader(`{"images": [{"id": 1}, nonsense`), "x", v); err != stop {
		t.Errorf("error %v, want the visitor's", err)
	}
}

type emptyReader struct{}

func (emptyReader) Read([]byte) (int, error) { return 0, nil }

// Nesting is limited where encoding/json limits it.
func TestDepth(t *testing.T) {
	for _, depth := range []int{9997, 9998, 9999, 10000, 10001} {
		for _, pair := range []string{"[]", "{}"} {
			open, value := pair[:1], "1"
			if pair == "{}" {
				open = `{"a":`
			}
			nested := strings.Repeat(open, depth) + value + strings.Repeat(pair[1:], depth)
			for _, frame := range []string{`{"x": %s}`, `{"annotations": [{"segmentation": %s}]}`, `{"images": [{"width": %s}]}`} {
				checkVerdict(t, fmt.Appendf(nil, frame, nested), 0)
			}
		}
	}
}

// Tokens beyond the limit are validated, and their value is not used.
func TestLongTokens(t *testing.T) {
	long := strings.Repeat("7", 3*chunkSize)
	frame := `{"images": [{"id": 1, "file_name": "%s"}], "%s": 1, "categories": [{"id": 2}],
"annotations": [{"id": %s, "image_id": 1, "category_id": 2, "bbox": [%s, 0, 1, 1]}]}`
	c, err := countText(strings.NewReader(fmt.Sprintf(frame, long, long, long, long)), 0, false)
	if err != nil {
		t.Fatal(err)
	}
	if c.TotalInstances != 1 || c.ImageRows[0].FileName != "" || cocotest.ProblemCount(c.Problems, annotations.UnreadableField) != 2 || cocotest.ProblemCount(c.Problems, annotations.UnreadableID) != 1 {
		t.Errorf("counts %+v", c)
	}
	bad := fmt.Sprintf(frame, long+"\x01", long, long, long)
	if _, err := countText(strings.NewReader(bad), 0, false); err == nil {
		t.Error("a control character in a long string was accepted")
	}
}

func TestVisitor(t *testing.T) {
	text := `{"annotations": [
 {"id": 5, "image_id": 7, "category_id": 3, "bbox": [1.5, 2, 30, 4e1], "iscrowd": true, "area": 99.25},
 {"bbox": [0, 0, "2.5", 4], "image_id": "7", "category_id": 3.0, "id": -1}],
 "images": [{"width": 640, "height": 480.0, "file_name": "a\\b\u00e9.jpg", "id": 7}],
 "categories": [{"id": 3, "name": "cat", "supercategory": "animal", "frequency": "r", "synonyms": ["puss"]}]}`
	var images []annotations.Image
	var objects []annotations.Annotation
	var categories []annotations.Category
	var problems []string
	err := Scan(bg, strings.NewReader(text), "x", annotations.Visitor{
		Image:      func(im *annotations.Image) error { images = append(images, *im); return nil },
		Annotation: func(a *annotations.Annotation) error { objects = append(objects, *a); return nil },
		Category:   func(c *annotations.Category) error { categories = append(categories, *c); return nil },
		Problem: func(kind annotations.Kind, id, at int64) {
			problems = append(problems, fmt.Sprintf("%s %d %s", string(kind), id, text[at:at+3]))
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) int64 { return int64(strings.Index(text, s)) }
	want := []annotations.Annotation{
		{ID: 5, ImageID: 7, CategoryID: 3, BBox: [4]float64{1.5, 2, 30, 40}, Area: 99.25, Crowd: true, Offset: at(`{"id": 5`),
			Has: annotations.FieldID | annotations.FieldImageID | annotations.FieldCategoryID | annotations.FieldBBox | annotations.FieldArea},
		{ID: -1, ImageID: 7, CategoryID: 3, BBox: [4]float64{0, 0, 2.5, 4}, Area: 10, Offset: at(`{"bbox"`),
			Has: annotations.FieldID | annotations.FieldImageID | annotations.FieldCategoryID | annotations.FieldBBox},
	}
	if diff := cmp.Diff(want, objects); diff != "" {
		t.Errorf("annotations differ (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]annotations.Image{{ID: 7, FileName: `a\bé.jpg`, Width: 640, Height: 480, Offset: at(`{"width"`), Has: annotations.FieldID | annotations.FieldName}}, images); diff != "" {
		t.Errorf("images differ (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]annotations.Category{{ID: 3, Name: "cat", Supercategory: "animal", Frequency: "r", Offset: at(`{"id": 3`), Has: annotations.FieldID | annotations.FieldName}}, categories); diff != "" {
		t.Errorf("categories differ (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{`string-id 7 "7"`, `string-number -1 [0,`}, problems); diff != "" {
		t.Errorf("problems differ (-want +got):\n%s", diff)
	}
}
