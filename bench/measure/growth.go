package main

import (
	"context"
	"fmt"
	"strconv"
)

// growthRuns is how often each row of the memory table runs.
const growthRuns = 3

// grown is a row of the memory table: an input, what is in it, and what it
// took.
type grown struct {
	name   string
	result *analysis
	median measured
}

// growth is the table and, from its rows for standard input, the memory of each
// image, annotation and pair of image and class in bytes.
type growth struct {
	rows                    []grown
	image, annotation, pair float64
}

// measureGrowth reads the file once, as shards, and through standard input: one
// copy and several, and several of its images or its annotations alone.
func (b *bench) measureGrowth(ctx context.Context, t *tools, in *inputs) (*growth, error) {
	analyze := []string{t.cocostat, "analyze", "--format", "json"}
	stream := func(n int, repeat string) process {
		return process{args: append(analyze[:4:4], "-"),
			feed: []string{t.instances, "copies", "-n", strconv.Itoa(n), "-repeat", repeat, in.file}}
	}
	g := &growth{}
	for _, c := range []struct {
		name string
		run  process
	}{
		{"1×, the file", process{args: append(analyze[:4:4], in.file)}},
		{fmt.Sprintf("%d×, shards", len(in.shards)), process{args: append(analyze[:4:4], in.shards...)}},
		{"1×, stdin", stream(1, "all")},
		{"4×, stdin", stream(4, "all")},
		{"16×, stdin", stream(16, "all")},
		{"16× the images, stdin", stream(16, "images")},
		{"16× the annotations of the same images, stdin", stream(16, "annotations")},
	} {
		row, err := measureInput(ctx, c.name, c.run)
		if err != nil {
			return nil, fmt.Errorf("memory, %s: %w", c.name, err)
		}
		g.rows = append(g.rows, row)
	}
	g.solve()
	return g, nil
}

func measureInput(ctx context.Context, name string, p process) (grown, error) {
	row := grown{name: name}
	p.output = true
	var runs []measured
	for range growthRuns {
		m, err := p.run(ctx)
		if err != nil {
			return row, err
		}
		if row.result, err = parseAnalysis(m.output); err != nil {
			return row, err
		}
		m.output = nil
		runs = append(runs, m)
	}
	row.median = median(runs)
	say("memory, %s: %.1f MB, %.2f s", name, megabytes(row.median.peak), row.median.wall.Seconds())
	return row, nil
}

// solve takes the memory of an image from 16 times the images, that of an
// annotation from 16 times the annotations, and what is left of 16 times
// everything is that of the pairs.
func (g *growth) solve() {
	one, all, images, annotations := g.rows[2], g.rows[4], g.rows[5], g.rows[6]
	more := func(r grown) float64 { return float64(r.median.peak - one.median.peak) }
	moreImages := float64(images.result.images - one.result.images)
	moreAnnotations := float64(annotations.result.annotations - one.result.annotations)
	g.image = more(images) / moreImages
	g.annotation = more(annotations) / moreAnnotations
	left := more(all) - g.image*float64(all.result.images-one.result.images) -
		g.annotation*float64(all.result.annotations-one.result.annotations)
	g.pair = left / float64(all.result.pairs-one.result.pairs)
}
