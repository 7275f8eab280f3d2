package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
)

// sound is a valid annotation file. Its faulty twins differ from it in one
// place, most in parts that counting does not need.
const sound = `{"info": {"year": 2017}, "images": [{"id": 1, "file_name": "a.jpg", "height": 20, "width": 30}],` +
	` "annotations": [{"segmentation": [[1.5, 2.0, 3.25, 4.0, 5.0, 6.5]], "area": 6.0, "iscrowd": 0, "image_id": 1,` +
	` "bbox": [1.5, 2.0, 3.5, 4.5], "category_id": 7, "id": 5}], "categories": [{"supercategory": "s", "id": 7, "name": "n"}]}`

// faults are the changes that make it invalid by RFC 8259.
var faults = []struct{ name, from, to string }{
	{"file cut short", `, "categories": [{"supercategory": "s", "id": 7, "name": "n"}]}`, ``},
	{"bytes after the end", `"name": "n"}]}`, `"name": "n"}]} ]`},
	{"`3.2.5` in a polygon", `3.25`, `3.2.5`},
	{"`03.25` in a polygon", `3.25`, `03.25`},
	{"`3.` in a polygon", `3.25`, `3.`},
	{"comma too many in a polygon", `6.5]]`, `6.5,]]`},
	{"comma missing in a polygon", `5.0, 6.5`, `5.0 6.5`},
	{"`NaN` in a polygon", `3.25`, `NaN`},
	{"line end in a file name", `a.jpg`, "a\njpg"},
	{"`\\x` in a file name", `a.jpg`, `a\xjpg`},
	{"invalid UTF-8 in a file name", `a.jpg`, "a\xffjpg"},
}

// verdict says what a program makes of the sound file and its faulty twins.
type verdict struct {
	name    string
	refused []bool // by fault
	sound   error  // the program cannot read the sound file
}

// findFaults lets every program that parses read the faulty files. A file is
// refused when the program fails.
func (b *bench) findFaults(ctx context.Context, list []*program) ([]verdict, error) {
	dir := filepath.Join(b.dir, "faults")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	say("which faults are noticed")
	var verdicts []verdict
	for _, p := range list {
		if !p.parses || p.why != nil {
			continue
		}
		v := verdict{name: p.name}
		var err error
		if v.sound, err = p.read(ctx, dir, sound); err != nil {
			return nil, err
		}
		for _, f := range faults {
			refusal, err := p.read(ctx, dir, strings.Replace(sound, f.from, f.to, 1))
			if err != nil {
				return nil, err
			}
			v.refused = append(v.refused, refusal != nil)
		}
		verdicts = append(verdicts, v)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return verdicts, nil
}

// read lets the program read a text instead of the benchmark's file.
func (p *program) read(ctx context.Context, dir, text string) (refusal, err error) {
	path := filepath.Join(dir, "faulty.json")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return nil, err
	}
	run := p.run
	run.args = append([]string{}, run.args...)
	for i, a := range run.args {
		if a == p.file {
			run.args[i] = path
		}
	}
	_, refusal = run.run(ctx)
	return refusal, nil
}
