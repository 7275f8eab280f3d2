package yolo_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cocostat/annotations"
	"cocostat/annotations/yolo"
)

// What cannot be read is refused with the file, the line and a remedy.
func TestRefused(t *testing.T) {
	ok := map[string]string{"images/1.gif": picture, "labels/1.txt": "0 .5 .5 .2 .2\n"}
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", c-1), 9), ","))
	}
	for name, c := range map[string]struct{ description, split, want string }{
		"no YAML":         {"train: [\n", "", "data.yaml: line "},
		"a list":          {"- a\n- b\n", "", "is no description of a YOLO dataset"},
		"nothing":         {"", "", "is no description of a YOLO dataset"},
		"no images":       {"names: [a]", "", "names no images"},
		"a split":         {"train: images\nnames: [a]", "val", `has no split "val", but train`},
		"missing":         {"path: /nowhere\ntrain: pictures\nnames: [a]", "", `data.yaml:2: "pictures" is not there (looked for /nowhere/pictures, `},
		"nc and names":    {"train: images\nnc: 3\nnames: [a, b]", "", "data.yaml:2: nc is 3, and names has 2 classes"},
		"nc":              {"train: images\nnc: many", "", "data.yaml:2: nc must be the number of classes"},
		"nc below":        {"train: images\nnc: -1", "", "nc must be"},
		"nc beyond":       {"train: images\nnc: 99999999999", "", "nc must be"},
		"names":           {"train: images\nnames: cats", "", "data.yaml:2: names must be a list"},
		"no names":        {"train: images\nnames: []", "", "names is empty"},
		"names by words":  {"train: images\nnames: {cat: 0}", "", `"cat" is no number of a class`},
		"names in lists":  {"train: images\nnames: [[a]]", "", "class 0 is no text"},
		"names by bomb":   {bomb + "train: images\nnames: *j", "", "class 0 is no text"},
		"a train of one":  {"train: {a: b}\nnames: [a]", "", "data.yaml:1: train must be a path"},
		"a bomb as train": {bomb + "train: *j\nnames: [a]", "", "train must be a path"},
		"keypoints":       {"train: images\nnames: [a]\nkpt_shape: 17", "", "kpt_shape must be two numbers"},
		"NUL":             {"train: \"a\\0b\"\nnames: [a]", "", "a path with a NUL byte"},
		"an empty folder": {"train: empty\nnames: [a]", "", "holds neither images nor labels"},
		"no list":         {"train: data.yaml\nnames: [a]", "", `data.yaml:1: "train: data.yaml" is no path of an image`},
	} {
		dir := write(t, ok)
		if err := os.Mkdir(filepath.Join(dir, "empty"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "data.yaml"), []byte(c.description), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := yolo.Open(bg, filepath.Join(dir, "data.yaml"), c.split, annotations.Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "data.yaml") {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

// A bomb of aliases beside what is read takes neither time nor memory.
func TestBomb(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'z'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", c-1), 9), ","))
	}
	dir := write(t, map[string]string{"images/1.gif": picture, "labels/1.txt": "0 .5 .5 .2 .2\n", "data.yaml": bomb + "train: images\nnames: [a]\n"})
	start := time.Now()
	if s := look(t, dir, ""); len(s.Objects) != 1 {
		t.Errorf("%d objects", len(s.Objects))
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("took %v", d)
	}
}

func TestNeither(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"COCO":     {"annotations/instances_train.json": "{}", "train/1.jpg": picture},
		"texts":    {"notes.txt": "0 people\n", "train.txt": "images/1.jpg\n"},
		"VOC":      {"Annotations/1.xml": "<annotation/>", "ImageSets/Main/train.txt": "2007_000027 1\n", "JPEGImages/1.jpg": picture},
		"settings": {"recipe.yaml": "epochs: 3\n", "compose.yml": "services: {}"},
		"counts":   {"classes.txt": "0 .5 .5 .1 .1\n"},
	} {
		if dir := write(t, files); yolo.Is(dir) {
			t.Errorf("%s is taken for YOLO", name)
		}
	}
	dir := write(t, map[string]string{"a.yaml": "train: x\nnames: [a]", "b.yaml": "val: x\nnames: [a]"})
	if _, err := yolo.Open(bg, dir, "", annotations.Options{}); err == nil || !strings.Contains(err.Error(), "several descriptions") {
		t.Errorf("two descriptions: %v", err)
	}
}

// Links are followed and told of; loops of them end.
func TestLinks(t *testing.T) {
	outside := write(t, map[string]string{"far.gif": picture, "deep/2.gif": picture})
	dir := write(t, map[string]string{"data.yaml": "train: images\nnames: [a]\n", "images/1.gif": picture, "labels/1.txt": "0 .5 .5 .2 .2\n", "labels/far.txt": "0 .5 .5 .2 .2\n"})
	for link, target := range map[string]string{"images/far.gif": outside + "/far.gif", "images/loop": "..", "images/self": ".", "images/deep": outside + "/deep", "images/gone.gif": "nothing"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Skip("needs symbolic links:", err)
		}
	}
	s := look(t, dir, "")
	want := []string{"link-outside images/deep", "link-outside images/far.gif", "link-again images/loop", "link-again images/self", "unreadable-image images/gone.gif"}
	if diff := cmp.Diff(want, s.Problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if got := strings.Join(s.images(), " "); got != "1.gif deep/2.gif far.gif gone.gif" || len(s.Objects) != 2 {
		t.Errorf("images %s and %d objects", got, len(s.Objects))
	}
}

// Labels that cannot be read are told of, and the image stays.
func TestUnreadableLabels(t *testing.T) {
	for name, make := range map[string]func(path string) error{
		"100 MB": func(path string) error {
			f, err := os.Create(path)
			if err != nil {
				return err
			}
			defer f.Close()
			return f.Truncate(100 << 20)
		},
		"a link to nothing": func(path string) error { return os.Symlink("nothing", path) },
	} {
		dir := write(t, map[string]string{"data.yaml": "train: images\nnames: [a]\n", "images/1.gif": picture, "labels/2.txt": "0 .5 .5 .2 .2\n"})
		if err := make(filepath.Join(dir, "labels/1.txt")); err != nil {
			t.Fatal(err)
		}
		s := look(t, dir, "")
		want := []string{"unreadable-file labels/1.txt", "label-without-image labels/2.txt"}
		if diff := cmp.Diff(want, s.Problems); diff != "" || len(s.Images) != 2 || len(s.Objects) != 1 {
			t.Errorf("%s: %d images, %d objects, problems (-want +got):\n%s", name, len(s.Images), len(s.Objects), diff)
		}
	}
}

func TestCancelled(t *testing.T) {
	dir := write(t, map[string]string{"data.yaml": "train: images\nnames: [a]\n", "images/1.gif": picture})
	ctx, cancel := context.WithCancel(bg)
	f, err := yolo.Open(ctx, dir, "", annotations.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := f.Scan(ctx, (&seen{}).visitor()); !errors.Is(err, context.Canceled) {
		t.Errorf("a scan that is cancelled: %v", err)
	}
	if _, err := yolo.Open(ctx, dir, "", annotations.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("an opening that is cancelled: %v", err)
	}
}
