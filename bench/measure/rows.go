package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// rows measures how a file with a row per annotation is made of COCO's JSON.
func (b *bench) rows(ctx context.Context) error {
	began, machine := time.Now(), thisMachine()
	tools, err := b.prepareTools(ctx)
	if err != nil {
		return err
	}
	in, err := b.prepareInputs(ctx, tools)
	if err != nil {
		return err
	}
	dir := filepath.Join(filepath.Dir(in.tables), "rows")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	list, files := b.rowPrograms(tools, in, dir)
	if err := b.measure(ctx, list); err != nil {
		return err
	}
	if err := b.compareRows(ctx, tools, list, files); err != nil {
		return err
	}
	var text strings.Builder
	table(&text, [][2]string{
		{"date", began.Format("2 January 2006")},
		{"machine", machine.String()},
		{"cocostat", revision(tools.cocostat)},
		{"file", fmt.Sprintf("%s: %.1f MB", filepath.Base(in.file), megabytes(in.size))},
	})
	text.WriteString("\n")
	timeTable(&text, list, [3]string{"cocostat", "analyze alone", "content"})
	return b.publish("rows.md", text.String())
}

// rowPrograms are the rows of the table, and the files that they write; "" for none.
func (b *bench) rowPrograms(t *tools, in *inputs, dir string) (list []*program, files []string) {
	add := func(p *program, file string) { list, files = append(list, p), append(files, file) }
	ours := func(name, file string, args ...string) *program {
		p := &program{name: name, run: process{args: append(append([]string{t.cocostat, "analyze"}, args...), in.file)}}
		add(p, file)
		return p
	}
	parquet := filepath.Join(dir, "parquet")
	first := ours("**cocostat analyze -o, Parquet**", filepath.Join(parquet, "boxes.parquet"), "-o", parquet, "--table-format", "parquet")
	arrow := filepath.Join(dir, "arrow")
	ours("**cocostat analyze -o, Arrow**", filepath.Join(arrow, "boxes.arrow"), "-o", arrow)
	ours("cocostat analyze -o, Parquet, without boxes", "", "-o", filepath.Join(dir, "none"), "--table-format", "parquet", "--boxes=false")
	alone := ours("cocostat analyze", "")
	python := func(name, tool, script string) {
		out := filepath.Join(dir, strings.TrimSuffix(script, ".py")+".parquet")
		add(&program{name: named(name, t.version[tool]), why: t.why[tool],
			run: process{args: []string{t.python, "-B", filepath.Join(b.root, "bench", "python", script), in.file, out}}}, out)
	}
	python("DuckDB", "duckdb", "rows_duckdb.py")
	python("orjson and pyarrow", "pyarrow", "rows_orjson.py")
	python("pandas", "pandas", "rows_pandas.py")
	for _, p := range list {
		p.relative = [2]*program{first, alone}
	}
	return list, files
}

// compareRows notes which files hold the same as the first.
func (b *bench) compareRows(ctx context.Context, t *tools, list []*program, files []string) error {
	if t.why["duckdb"] != nil || t.why["pyarrow"] != nil {
		return nil
	}
	args := []string{t.python, "-B", filepath.Join(b.root, "bench", "python", "rows_check.py")}
	var of []*program
	for i, p := range list {
		if files[i] != "" && p.failure() == nil {
			args, of = append(args, files[i]), append(of, p)
		}
	}
	m, err := process{args: args, output: true}.run(ctx)
	if err != nil {
		return err
	}
	for i, line := range strings.Split(strings.TrimSpace(string(m.output)), "\n") {
		if i < len(of) {
			of[i].note = line
		}
	}
	return nil
}
