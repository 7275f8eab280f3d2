package main

import (
	"context"
	"path/filepath"
	"slices"
	"time"
)

// program is a row of the tables.
type program struct {
	name   string
	why    error // why it cannot run
	run    process
	file   string                                       // the annotation file among the arguments
	parses bool                                         // it can tell JSON from what is none
	check  func(output []byte) (note string, err error) // what to say of the output; nil: nothing
	runs   []measured
	note   string // of the last run
	err    error  // of its first failure

	relative [2]*program // what its time is compared with
}

// jqProgram writes a line for each annotation; awkProgram counts the lines. A
// line "failed" tells that jq failed.
const (
	jqProgram  = `.annotations[] | "\(.category_id) \(.image_id)"`
	awkProgram = `$0 == "failed" { failed = 1; next }
{ instances[$1]++; if (!($0 in seen)) { seen[$0] = 1; images[$1]++ } }
END { for (c in instances) print c, instances[c], images[c]; exit failed }`
	jqScript = `{ jq -r "$2" "$1" || echo failed; } | awk "$3"`
)

// programs are the rows for the plain file. Their counts are compared with
// those of cocostat.
func (b *bench) programs(t *tools, in *inputs, reference counts) []*program {
	check := reference.check(parseCounts)
	reading := func(name string, args ...string) *program {
		return &program{name: name, run: process{args: append(args, in.file)}}
	}
	dd := &program{name: "dd of=/dev/null bs=1M", run: process{args: []string{"dd", "if=" + in.file, "of=/dev/null", "bs=1M"}}}
	ours := reading("**cocostat analyze**", t.cocostat, "analyze")
	ours.file, ours.parses = in.file, true
	list := []*program{dd, reading("cat", "cat"), reading("wc -l", "wc", "-l"), ours,
		reading("cocostat analyze -o (Arrow tables)", t.cocostat, "analyze", "--boxes=false", "-o", in.tables)}
	golang := func(name, tool string) {
		list = append(list, &program{name: named(name, t.version[tool]), why: t.why[tool], file: in.file, check: check, parses: true,
			run: process{args: []string{filepath.Join(t.bin, tool), in.file}}})
	}
	golang("sonic ConfigFastest", "sonicfastest")
	golang("sonic ConfigDefault", "sonic")
	golang("simdjson-go", "simdjson")
	golang("encoding/json", "encodingjson")
	golang("encoding/json by jsonv2", "encodingjsonv2")
	python := func(name, tool, script string) {
		list = append(list, &program{name: named(name, t.version[tool]), why: t.why[tool], file: in.file, check: check, parses: true,
			run: process{args: []string{t.python, "-B", filepath.Join(b.root, "bench", "python", script), in.file}}})
	}
	python("hotcoco", "hotcoco", "with_hotcoco.py")
	python("DuckDB", "duckdb", "with_duckdb.py")
	list = append(list, &program{name: named("jq", t.version["jq"]), why: t.why["jq"], file: in.file, check: check, parses: true,
		run: process{args: []string{"sh", "-c", jqScript, "sh", in.file, jqProgram, awkProgram}}})
	python("orjson", "orjson", "with_orjson.py")
	python("json of Python", "python", "with_json.py")
	python("pycocotools", "pycocotools", "with_pycocotools.py")
	for _, p := range list {
		p.relative = [2]*program{dd, ours}
	}
	return list
}

// compressed are the rows for the compressed files.
func (b *bench) compressed(t *tools, in *inputs, reference counts) []*program {
	var list []*program
	for _, c := range []struct{ tool, file string }{{"gzip", in.gz}, {"zstd", in.zst}} {
		tool := &program{name: named(c.tool+" -dc", t.version[c.tool]), why: t.why[c.tool],
			run: process{args: []string{c.tool, "-dc", c.file}}}
		library := &program{name: named("klauspost/compress", t.version["inflate"]) + ", " + c.tool, why: firstError(t.why["inflate"], t.why[c.tool]),
			run: process{args: []string{filepath.Join(t.bin, "inflate"), c.file}}}
		ours := &program{name: "**cocostat analyze**, " + c.tool, why: t.why[c.tool],
			check: reference.check(analyzedCounts), run: process{args: []string{t.cocostat, "analyze", "--format", "json", c.file}}}
		for _, p := range []*program{tool, library, ours} {
			p.relative = [2]*program{tool, library}
			list = append(list, p)
		}
	}
	return list
}

// firstError returns the first error.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func named(name, version string) string {
	if version == "" {
		return name
	}
	return name + " " + version
}

// measure runs all programs in turn, round by round, each round starting
// elsewhere in the list. Slow ones take part in fewer rounds.
func (b *bench) measure(ctx context.Context, list []*program) error {
	for round := range b.rounds {
		for i := range list {
			p := list[(i+round*5)%len(list)]
			if p.failure() != nil || len(p.runs) != round || round >= p.wanted(b.rounds) {
				continue
			}
			p.measure(ctx)
			if err := ctx.Err(); err != nil {
				return err
			}
			if p.err != nil {
				say("round %d of %d: %s failed: %v", round+1, b.rounds, p.name, p.err)
				continue
			}
			m := p.runs[round]
			say("round %d of %d: %s: %.3f s, %.1f MB", round+1, b.rounds, p.name, m.wall.Seconds(), megabytes(m.peak))
		}
	}
	return nil
}

// measure runs the program once and checks its output.
func (p *program) measure(ctx context.Context) {
	p.run.output = p.check != nil
	m, err := p.run.run(ctx)
	if err == nil && p.check != nil {
		p.note, err = p.check(m.output)
	}
	m.output = nil
	p.runs, p.err = append(p.runs, m), err
}

// failure says why there is no result.
func (p *program) failure() error { return firstError(p.why, p.err) }

// wanted returns how often the program runs, by its first run.
func (p *program) wanted(rounds int) int {
	switch {
	case len(p.runs) == 0 || p.runs[0].wall < 5*time.Second:
		return rounds
	case p.runs[0].wall < 15*time.Second:
		return min(rounds, 3)
	}
	return 1
}

// walls returns the times in ascending order.
func (p *program) walls() []time.Duration {
	var w []time.Duration
	for _, m := range p.runs {
		w = append(w, m.wall)
	}
	slices.Sort(w)
	return w
}

// median returns the medians of time, processor time and peak of memory, each
// by itself.
func median(runs []measured) (m measured) {
	m.wall = time.Duration(middle(runs, func(m measured) int64 { return int64(m.wall) }))
	m.cpu = time.Duration(middle(runs, func(m measured) int64 { return int64(m.cpu) }))
	m.peak = middle(runs, func(m measured) int64 { return m.peak })
	return m
}

func middle(runs []measured, of func(measured) int64) int64 {
	var v []int64
	for _, m := range runs {
		v = append(v, of(m))
	}
	slices.Sort(v)
	if len(v)%2 == 1 {
		return v[len(v)/2]
	}
	return (v[len(v)/2-1] + v[len(v)/2]) / 2
}
