package sample

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"cocostat/internal/atomicfile"
)

// version changes whenever the same options give other files.
const version = "1"

const stateFile = "sample.json"

// state is what a sample's folder says about itself.
type state struct {
	Version  string  `json:"version"`
	Options  Options `json:"options"`
	Complete bool    `json:"complete"`
}

func (s state) same(t state) bool {
	return s.Version == t.Version && s.Options.stored() == t.Options.stored()
}

// stored is the options without those that leave the files as they are.
func (o Options) stored() Options {
	o.Workers, o.Force = 0, false
	return o
}

// prepare makes the folders of the sample and marks it as unfinished, or
// reports that it is whole already. It returns an error for a folder that
// holds something else.
func prepare(dir string, opt Options) (whole bool, err error) {
	want := state{Version: version, Options: opt}
	found, err := readState(dir)
	switch {
	case err != nil:
		return false, err
	case found == nil:
		if err := checkEmpty(dir); err != nil {
			return false, err
		}
	case found.same(want):
		if found.Complete && present(dir, opt) {
			return true, nil
		}
	case !opt.Force:
		return false, fmt.Errorf("sample: %s holds a sample made with %s; choose another folder, or --force to replace it", dir, found.differences(want))
	default:
		if err := remove(dir); err != nil {
			return false, err
		}
	}
	for _, sub := range []string{"annotations", train.String(), val.String()} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return false, fmt.Errorf("sample: %w", err)
		}
	}
	return false, writeState(dir, want)
}

// readState returns nil if dir has no state file.
func readState(dir string) (*state, error) {
	path := filepath.Join(dir, stateFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("sample: %w", err)
	}
	s := new(state)
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(s); err != nil {
		return nil, fmt.Errorf("sample: %s: not written by this command: %w; choose another folder", path, err)
	}
	return s, nil
}

func writeState(dir string, s state) error {
	return atomicfile.Write(filepath.Join(dir, stateFile), func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(s)
	})
}

// checkEmpty accepts a folder that is empty or does not exist.
func checkEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("sample: %w", err)
	case len(entries) > 0:
		return fmt.Errorf("sample: %s is not empty (%s) and holds no sample; choose a new or an empty folder", dir, entries[0].Name())
	}
	return nil
}

// present reports whether all files of a sample are there.
func present(dir string, opt Options) bool {
	for s, images := range map[split]int{train: opt.Images, val: opt.ValImages} {
		if _, err := os.Stat(annotationPath(dir, s)); err != nil {
			return false
		}
		for i := range images {
			if _, err := os.Stat(filepath.Join(dir, s.String(), imageName(i))); err != nil {
				return false
			}
		}
	}
	return true
}

// remove deletes the files of a sample, its state file last.
func remove(dir string) error {
	paths := []string{annotationPath(dir, train), annotationPath(dir, val)}
	for _, s := range []split{train, val} {
		entries, err := os.ReadDir(filepath.Join(dir, s.String()))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("sample: %w", err)
		}
		for _, e := range entries {
			if filepath.Ext(e.Name()) == ".jpg" {
				paths = append(paths, filepath.Join(dir, s.String(), e.Name()))
			}
		}
	}
	for _, path := range append(paths, filepath.Join(dir, stateFile)) {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("sample: %w", err)
		}
	}
	return nil
}

// differences lists the options in which s is not t.
func (s state) differences(t state) string {
	if s.Version != t.Version {
		return fmt.Sprintf("generator version %s, not %s", s.Version, t.Version)
	}
	a, b := s.Options, t.Options
	pairs := []struct {
		name      string
		has, want any
	}{
		{"classes", a.Classes, b.Classes}, {"images", a.Images, b.Images}, {"val-images", a.ValImages, b.ValImages},
		{"size", a.Size, b.Size}, {"imbalance", a.Imbalance, b.Imbalance}, {"seed", a.Seed, b.Seed}, {"quality", a.Quality, b.Quality},
	}
	text := ""
	for _, p := range pairs {
		if p.has == p.want {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf("--%s %v, not %v", p.name, p.has, p.want)
	}
	return text
}
