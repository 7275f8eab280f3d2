package sample_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"image/jpeg"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"cocostat/internal/sample"
)

func small() sample.Options {
	return sample.Options{Classes: 12, Images: 40, ValImages: 12, Size: 64, Imbalance: 10, Seed: 7, Quality: 85}
}

func generate(t *testing.T, dir string, o sample.Options) sample.Summary {
	t.Helper()
	sum, err := sample.Generate(context.Background(), dir, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// hashes returns the digest of every file under dir.
func hashes(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		found[rel] = fmt.Sprintf("%x", sha256.Sum256(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestSameFilesForAnyWorkers(t *testing.T) {
	one, three, other := t.TempDir(), t.TempDir(), t.TempDir()
	o := small()
	o.Workers = 1
	sum := generate(t, one, o)
	if sum.Drawn != 52 {
		t.Errorf("%d images drawn, want 52", sum.Drawn)
	}
	o.Workers = 3
	generate(t, three, o)
	if !maps.Equal(hashes(t, one), hashes(t, three)) {
		t.Error("one worker and three make different files")
	}
	o.Seed++
	generate(t, other, o)
	if hashes(t, one)["train/000001.jpg"] == hashes(t, other)["train/000001.jpg"] {
		t.Error("two seeds make the same image")
	}
}

func TestImagesAndReferences(t *testing.T) {
	dir := t.TempDir()
	sum := generate(t, dir, small())
	for name, want := range map[string]sample.SplitSummary{"train": sum.Train, "val": sum.Val} {
		file := readCOCO(t, want.Annotations)
		if len(file.Images) != want.Images || len(file.Categories) != len(sum.Names) {
			t.Fatalf("%s: %d images, %d categories", name, len(file.Images), len(file.Categories))
		}
		for i, c := range file.Categories {
			if c.ID != i+1 || c.Name != sum.Names[i] {
				t.Errorf("%s: category %d is %d %q, want %q", name, i, c.ID, c.Name, sum.Names[i])
			}
		}
		for i, img := range file.Images {
			if img.ID != i+1 {
				t.Errorf("%s: image %d has id %d", name, i, img.ID)
			}
			checkJPEG(t, filepath.Join(dir, name, img.FileName), 64)
		}
		counts := make([]int, len(sum.Names))
		for i, a := range file.Annotations {
			if a.ID != i+1 || a.ImageID < 1 || a.ImageID > want.Images || a.Crowd != 0 {
				t.Errorf("%s: annotation %d: id %d, image %d, crowd %d", name, i, a.ID, a.ImageID, a.Crowd)
			}
			counts[a.CategoryID-1]++
		}
		if !slices.Equal(counts, want.Instances) {
			t.Errorf("%s: instances %v, want %v", name, counts, want.Instances)
		}
	}
}

func checkJPEG(t *testing.T, path string, side int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := jpeg.Decode(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if b := img.Bounds(); b.Dx() != side || b.Dy() != side {
		t.Errorf("%s is %v, want %d×%d", path, b, side, side)
	}
}

func TestCompletesWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	generate(t, dir, small())
	before := hashes(t, dir)
	if sum := generate(t, dir, small()); sum.Drawn != 0 {
		t.Errorf("%d images drawn again", sum.Drawn)
	}
	for _, name := range []string{"train/000003.jpg", "val/000012.jpg", "annotations/instances_val.json"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if sum := generate(t, dir, small()); sum.Drawn != 2 {
		t.Errorf("%d images drawn, want the 2 missing ones", sum.Drawn)
	}
	if !maps.Equal(before, hashes(t, dir)) {
		t.Error("the completed sample differs from the first one")
	}
}

func TestInterruptedRunIsFinishedByTheNext(t *testing.T) {
	whole, dir := t.TempDir(), t.TempDir()
	generate(t, whole, small())
	ctx, cancel := context.WithCancel(context.Background())
	var calls atomic.Int64
	_, err := sample.Generate(ctx, dir, small(), func(done, total int) {
		if total != 52 {
			t.Errorf("total %d, want 52", total)
		}
		if calls.Add(1) == 5 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want one that wraps context.Canceled", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "annotations", "instances_train.json")); err == nil {
		t.Error("an interrupted run left an annotation file")
	}
	if sum := generate(t, dir, small()); sum.Drawn == 0 || sum.Drawn > 52-3 {
		t.Errorf("%d images drawn by the second run", sum.Drawn)
	}
	if !maps.Equal(hashes(t, whole), hashes(t, dir)) {
		t.Error("the finished sample differs from one made at once")
	}
}

func TestOtherOptionsNeedForce(t *testing.T) {
	dir, fresh := t.TempDir(), t.TempDir()
	generate(t, dir, small())
	before := hashes(t, dir)
	o := small()
	o.Images, o.Seed = 20, 8
	if _, err := sample.Generate(context.Background(), dir, o, nil); err == nil {
		t.Fatal("no error for a sample with other options")
	}
	if !maps.Equal(before, hashes(t, dir)) {
		t.Fatal("the refused call changed files")
	}
	o.Force = true
	generate(t, dir, o)
	generate(t, fresh, o)
	if !maps.Equal(hashes(t, dir), hashes(t, fresh)) {
		t.Error("the replaced sample differs from one in a fresh folder")
	}
}

func TestForeignFolders(t *testing.T) {
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, "thesis.txt"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "sample.json"), []byte(`{"mine": 1}`), 0o644); err != nil {
		t.Fatal(err)
	}
	o := small()
	o.Force = true
	for _, dir := range []string{foreign, other, filepath.Join(foreign, "thesis.txt")} {
		if _, err := sample.Generate(context.Background(), dir, o, nil); err == nil {
			t.Errorf("%s: no error", dir)
		}
	}
	if n := len(hashes(t, foreign)) + len(hashes(t, other)); n != 2 {
		t.Errorf("%d files in the foreign folders, want the 2 of before", n)
	}
}

func TestContactSheet(t *testing.T) {
	dir := t.TempDir()
	generate(t, dir, small())
	sheet, err := sample.ContactSheet(dir)
	if err != nil {
		t.Fatal(err)
	}
	if b := sheet.Bounds(); b.Dx() != 1024 || b.Dy() != 768 {
		t.Errorf("sheet of %v, want 1024×768", b)
	}
	if _, err := sample.ContactSheet(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v for an empty folder, want one that wraps ErrNotExist", err)
	}
}

// cocoFile is what the tests read of an annotation file, with the names of
// COCO's documentation.
type cocoFile struct {
	Images []struct {
		ID            int
		FileName      string `json:"file_name"`
		Width, Height int
	}
	Annotations []annotation
	Categories  []struct {
		ID   int
		Name string
	}
}

type annotation struct {
	ID           int
	ImageID      int `json:"image_id"`
	CategoryID   int `json:"category_id"`
	BBox         [4]float64
	Area         float64
	Segmentation [][]float64
	Crowd        int `json:"iscrowd"`
}

func readCOCO(t *testing.T, path string) cocoFile {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file cocoFile
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return file
}
