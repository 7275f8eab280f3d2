package tables_test

import (
	"crypto/sha256"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/dataset"
	"cocostat/internal/mutate"
)

// smallTables writes tables of a small dataset with everything in it that a
// merge file can hold.
func smallTables(t *testing.T, opt annotations.Options) string {
	t.Helper()
	dir, err := tabled(t, shards(t, randomSplit(rand.New(rand.NewPCG(4, 4)), 3, 600)...), opt)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// What is wrong with a folder is told with the file and what to do.
func TestFoldersThatCannotBeRead(t *testing.T) {
	remove := func(name string) func(string) error {
		return func(dir string) error { return os.Remove(filepath.Join(dir, name)) }
	}
	change := func(name string, edit func([]byte) []byte) func(string) error {
		return func(dir string) error {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(dir, name), edit(data), 0o644)
		}
	}
	for _, c := range []struct {
		what   string
		damage func(dir string) error
		says   []string
	}{
		{"no merge file", remove(annotations.MergeFile), []string{"it holds classes.parquet, cooccurrence.parquet, images.parquet, objects.parquet, problems.parquet and no merge.cocostat", "an earlier version of cocostat", "analyze -o"}},
		{"a table missing", remove("images.parquet"), []string{"images.parquet: is missing", "copy the whole folder"}},
		{"a table cut off", change("objects.parquet", func(b []byte) []byte { return b[:len(b)-7] }), []string{"objects.parquet: it has ", "cut off"}},
		{"a table changed", change("classes.parquet", func(b []byte) []byte { b[40] ^= 1; return b }), []string{"classes.parquet: it is not what was written", "changed"}},
		{"a table of another format", func(dir string) error { return os.WriteFile(filepath.Join(dir, "images.arrow"), nil, 0o644) }, []string{"images.arrow: does not belong to the tables", "remove it"}},
		{"another file", change(annotations.MergeFile, func([]byte) []byte { return []byte("<html>") }), []string{"merge.cocostat: it does not begin as"}},
		{"an empty file", change(annotations.MergeFile, func([]byte) []byte { return nil }), []string{"merge.cocostat: it does not begin as"}},
		{"another version", change(annotations.MergeFile, func(b []byte) []byte { b[len("cocostat merge/")] = '2'; return b }), []string{"another version of the format than cocostat merge/1"}},
		{"a bit", change(annotations.MergeFile, func(b []byte) []byte { b[len(b)/2] ^= 4; return b }), []string{"damaged or cut off", "analyze -o"}},
		{"its end", change(annotations.MergeFile, func(b []byte) []byte { return b[:len(b)-1] }), []string{"damaged or cut off"}},
		{"nothing", func(dir string) error {
			if err := os.RemoveAll(dir); err != nil {
				return err
			}
			return os.Mkdir(dir, 0o755)
		}, []string{"a folder without tables"}},
	} {
		dir := smallTables(t, annotations.Options{})
		if err := c.damage(dir); err != nil {
			t.Fatal(err)
		}
		_, err := dataset.Count(t.Context(), []string{dir}, annotations.Options{})
		if err == nil || !strings.HasPrefix(err.Error(), dir) {
			t.Errorf("%s: error %v", c.what, err)
			continue
		}
		for _, say := range c.says {
			if !strings.Contains(err.Error(), say) {
				t.Errorf("%s: %q does not say %q", c.what, err, say)
			}
		}
	}
}

// Tables that lack something need the same options again; others can be asked
// for anything.
func TestOptionsOfTables(t *testing.T) {
	for _, c := range []struct {
		written, asked annotations.Options
		says           string
	}{
		{annotations.Options{}, annotations.Options{NoCrowd: true, ByName: true, Selection: annotations.Selection{Drop: []string{"class 1"}}}, ""},
		{annotations.Options{NoCrowd: true}, annotations.Options{NoCrowd: true}, ""},
		{annotations.Options{NoCrowd: true}, annotations.Options{}, "written with --no-crowd, and that is not asked for here"},
		{annotations.Options{ByName: true}, annotations.Options{}, "written with --by name"},
		{annotations.Options{Selection: annotations.Selection{Drop: []string{"class 1", "class 2"}}}, annotations.Options{Selection: annotations.Selection{Drop: []string{"class 1"}}}, "written with --drop class 2"},
		{annotations.Options{Selection: annotations.Selection{Drop: []string{"class 1"}}}, annotations.Options{Selection: annotations.Selection{Drop: []string{"class 2", "class 1"}}}, ""},
	} {
		dir := smallTables(t, c.written)
		_, err := dataset.Count(t.Context(), []string{dir}, c.asked)
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v, asked for %+v: %v", c.written, c.asked, err)
		}
	}
}

// A file counts once, and two of one path are not to be told apart.
func TestSourcesTwice(t *testing.T) {
	paths := shards(t, randomSplit(rand.New(rand.NewPCG(4, 4)), 2, 50)...)
	dir, err := tabled(t, paths[:1], annotations.Options{Part: true})
	if err != nil {
		t.Fatal(err)
	}
	both, err := tabled(t, paths, annotations.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, inputs := range [][]string{{dir, paths[0]}, {paths[0], dir}, {dir, both}, {dir, dir}} {
		if _, err := dataset.Count(t.Context(), inputs, annotations.Options{NoHash: true}); err == nil || !strings.Contains(err.Error(), paths[0]+" is counted twice") {
			t.Errorf("%q: %v", inputs, err)
		}
	}
	if err := os.Rename(paths[1], paths[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := dataset.Count(t.Context(), []string{dir, paths[0]}, annotations.Options{}); err == nil || !strings.Contains(err.Error(), "two different files are called "+paths[0]) {
		t.Errorf("another file of the same path: %v", err)
	}
}

// A damaged merge file is refused, and never read with another content; with the
// right checksum it ends all the same.
func TestMutatedMergeFile(t *testing.T) {
	dir := smallTables(t, annotations.Options{})
	path := filepath.Join(dir, annotations.MergeFile)
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	read := func(file []byte) ([]annotations.Pair, error) {
		if err := os.WriteFile(path, file, 0o644); err != nil {
			t.Fatal(err)
		}
		c, err := dataset.Count(t.Context(), []string{dir}, annotations.Options{})
		if err != nil {
			return nil, err
		}
		return c.Pairs, nil
	}
	want, err := read(file)
	if err != nil {
		t.Fatal(err)
	}
	if counts := mutate.Files(t, file, mutate.Against(want, read)); counts[mutate.Other] > 0 {
		t.Errorf("%v", counts)
	}
	mutate.Files(t, file[:len(file)-sha256.Size], mutate.AgainstBy(want, func(file []byte) ([]annotations.Pair, error) {
		sum := sha256.Sum256(file)
		return read(append(file, sum[:]...))
	}, func(a, b []annotations.Pair) bool { return reflect.DeepEqual(a, b) }))
}
