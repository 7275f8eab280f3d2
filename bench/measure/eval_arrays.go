package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// arrayNames are the arrays of an evaluation.
var arrayNames = []string{"precision", "recall", "scores"}

// equality says how a program's arrays differ from the reference.
type equality struct {
	name   string
	err    error
	arrays map[string]difference
}

// difference is what comparing two arrays found.
type difference struct {
	Elements, Different int
	Largest             float64
}

func (d difference) String() string {
	if d.Different == 0 {
		return "equal"
	}
	return fmt.Sprintf("%s of %s differ, by up to %.2g", thousands(int64(d.Different)), thousands(int64(d.Elements)), d.Largest)
}

// compareArrays compares the arrays of all programs with those of the first
// library. It is not measured.
func (b *bench) compareArrays(ctx context.Context, t *tools, in *evalInput) ([]equality, error) {
	dir := filepath.Join(b.dir, "arrays")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	say("comparing the arrays")
	path := func(name string) string { return filepath.Join(dir, name+".npz") }
	programs := []*program{{name: "cocostat eval",
		run: process{args: []string{t.cocostat, "eval", in.truth, in.results, "-o", path("cocostat")}}}}
	files := []string{path("cocostat")}
	for _, library := range libraries {
		programs = append(programs, b.evalPeer(t, library, in, path(library)))
		files = append(files, path(library))
	}
	for i, p := range programs {
		if p.why == nil {
			os.Remove(files[i])
			_, p.err = p.run.run(ctx)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	var found []equality
	for i, p := range programs {
		e := equality{name: p.name, err: firstError(programs[1].failure(), p.failure())}
		if e.err == nil {
			e.arrays, e.err = b.differences(ctx, t, path(libraries[0]), files[i])
		}
		found = append(found, e)
	}
	return found, nil
}

// differences compares two files of arrays bit by bit.
func (b *bench) differences(ctx context.Context, t *tools, reference, other string) (map[string]difference, error) {
	script := filepath.Join(b.root, "bench", "python", "arrays.py")
	m, err := process{args: []string{t.python, "-B", script, reference, other}, output: true}.run(ctx)
	if err != nil {
		return nil, err
	}
	var found map[string]difference
	if err := json.Unmarshal(m.output, &found); err != nil {
		return nil, fmt.Errorf("unexpected output: %w", err)
	}
	return found, nil
}
