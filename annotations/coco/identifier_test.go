package coco

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cocostat/annotations"
	"cocostat/annotations/coco/cocotest"
)

// From coreutils: printf img_a | sha256sum gives 804b98a564690d3a78…, whose
// first bit is set already; that of "," is d03502c43d74a30b….
const (
	imgA  int64 = 0x004b98a564690d3a - 1<<63
	comma int64 = 0x503502c43d74a30b - 1<<63
)

// The first 16 digits that sha256sum gives are 2cdb26265b4dc65e and c5c29af0c2b1ba23.
var uint64s = [2]int64{0x2cdb26265b4dc65e - 1<<63, 0x45c29af0c2b1ba23 - 1<<63}

func TestIdentifier(t *testing.T) {
	for token, want := range map[string]struct {
		id   int64
		note annotations.Kind
		ok   bool
	}{
		`7`:                    {7, "", true},
		`70e-1`:                {7, "", true},
		`1.5`:                  {0, "", false},
		`null`:                 {0, "", false},
		`["img_a"]`:            {0, "", false},
		`"7"`:                  {7, annotations.StringID, true},
		`"\u0037"`:             {7, annotations.StringID, true},
		`"-07.0"`:              {-7, annotations.StringID, true},
		`"img_a"`:              {imgA, annotations.TextID, true},
		`"img\u005fa"`:         {imgA, annotations.TextID, true},
		`","`:                  {comma, annotations.TextID, true},
		`""`:                   {0, "", false},
		"\"\xff\"":             {annotations.NumberOfText("\ufffd"), annotations.TextID, true},
		`"\ud800"`:             {annotations.NumberOfText("\ufffd"), annotations.TextID, true},
		`"1.5"`:                {annotations.NumberOfText("1.5"), annotations.TextID, true},
		`" 7"`:                 {annotations.NumberOfText(" 7"), annotations.TextID, true},
		`"1` + zeros(20) + `"`: {annotations.NumberOfText("1" + zeros(20)), annotations.TextID, true},

		// From coreutils: printf 18446744073709551615 | sha256sum, and of 9223372036854775808.
		`18446744073709551615`:       {uint64s[0], annotations.TextID, true},
		`"18446744073709551615"`:     {uint64s[0], annotations.TextID, true},
		`1.8446744073709551615e+19`:  {uint64s[0], annotations.TextID, true},
		`"018446744073709551615.00"`: {uint64s[0], annotations.TextID, true},
		`9223372036854775808`:        {uint64s[1], annotations.TextID, true},
		`9223372036854775807`:        {1<<63 - 1, "", true},
		`-9223372036854775809`:       {annotations.NumberOfText("-9223372036854775809"), annotations.TextID, true},
		`1e127`:                      {annotations.NumberOfText("1" + zeros(127)), annotations.TextID, true},
		`1e128`:                      {0, "", false},
		`1e99999999999999999999`:     {0, "", false},
		`18446744073709551615.5`:     {0, "", false},
	} {
		id, _, note, ok := identifier([]byte(token))
		if ok != want.ok || ok && (id != want.id || note != want.note) {
			t.Errorf("identifier(%s) = %d, %q, %v; want %+v", token, id, note, ok, want)
		}
	}
}

func zeros(n int) string { return strings.Repeat("0", n) }

// textShards are a dataset with texts for identifiers in three files, of which
// none has all that its annotations refer to.
var textShards = map[string]string{
	"images.json": `{"images": [{"id": "img_a", "file_name": "a.jpg", "width": 9, "height": 9}, {"id": "7", "file_name": "7.jpg", "width": 9, "height": 9}],
"annotations": [], "categories": []}`,
	"early.json": `{"annotations": [{"id": "x", "image_id": "img\u005fa", "category_id": ",", "bbox": [1, 1, 2, 2], "area": 4},
{"id": "x", "image_id": 7, "category_id": ",", "bbox": [1, 1, 2, 2], "area": 4}], "images": [], "categories": []}`,
	"classes.json": `{"categories": [{"id": ",", "name": "comma"}, {"id": "unused", "name": "u"}], "images": [],
"annotations": [{"id": 1, "image_id": "img_a", "category_id": ",", "bbox": [1, 1, 2, 2], "area": 4},
{"id": 2, "image_id": "IMG_A", "category_id": ",", "bbox": [1, 1, 2, 2], "area": 4}]}`,
}

func TestTextsInShards(t *testing.T) {
	dir := t.TempDir()
	for name, text := range textShards {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var first *annotations.Counts
	for _, order := range []string{"images early classes", "classes early images", "early images classes", "early classes images"} {
		var paths []string
		for _, name := range strings.Fields(order) {
			paths = append(paths, filepath.Join(dir, name+".json"))
		}
		c, err := countFiles(paths, annotations.Options{NoHash: true})
		if err != nil {
			t.Fatal(err)
		}
		c.Sources = nil
		if first == nil {
			first = c
		} else if diff := cmp.Diff(first, c); diff != "" {
			t.Errorf("%s: counts depend on the order:\n%s", order, diff)
		}
	}
	if len(first.ImageRows) != 2 || first.ImageRows[0].ID != imgA || first.ImageRows[0].Objects != 2 || first.ImageRows[1].ID != 7 || first.ImageRows[1].Objects != 1 {
		t.Errorf("images %+v; want img_a with 2 objects, 7 with 1", first.ImageRows)
	}
	if i := slices.IndexFunc(first.Categories, func(k annotations.Category) bool { return k.ID == comma }); i < 0 || first.Instances[i] != 3 || first.Categories[i].Name != "comma" {
		t.Errorf("category %d of %+v has instances %v; want 3 of comma", i, first.Categories, first.Instances)
	}
	for kind, want := range map[annotations.Kind]int64{annotations.TextID: 12, annotations.StringID: 1, annotations.DuplicateID: 1, annotations.UnknownImage: 1, annotations.EmptyCategory: 1} {
		if got := cocotest.ProblemCount(first.Problems, kind); got != want {
			t.Errorf("%s found %d times, want %d", kind, got, want)
		}
	}
}

func TestLoadTexts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "texts.json")
	text := `{"annotations": [{"id": "x", "image_id": "img_a", "category_id": ","}, {"id": 3, "image_id": "7", "category_id": ","}],
"images": [{"id": 7}, {"id": "img_a"}], "categories": [{"id": ",", "name": "comma"}]}`
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	d, err := loadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d.Images[0].ID != 7 || d.Images[1].ID != imgA || d.Categories[0].ID != comma {
		t.Errorf("images %+v, categories %+v", d.Images, d.Categories)
	}
	if len(d.Objects[0]) != 1 || d.Objects[0][0].ID != 3 || len(d.Objects[1]) != 1 || d.Objects[1][0].ImageID != imgA {
		t.Errorf("objects %+v", d.Objects)
	}
}

// Detections find the images and classes of texts.
func TestResultsWithTexts(t *testing.T) {
	var got []annotations.Result
	visit := func(list []annotations.Result) error { got = append(got, list...); return nil }
	text := `[{"image_id": "img_a", "category_id": ",", "bbox": [1, 2, 3, 4], "score": 0.5}]`
	texts := 0
	problem := func(kind annotations.Kind, _, _ int64) {
		if kind == annotations.TextID {
			texts++
		}
	}
	if err := ScanResults(context.Background(), strings.NewReader(text), "test", visit, problem, nil); err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0].ImageID != imgA || got[0].CategoryID != comma || texts != 2 {
		t.Errorf("results %+v, %d texts", got, texts)
	}
}
