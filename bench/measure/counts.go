package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
)

// counts are the instances and images of each class that has any, by its id.
type counts map[int64][2]int64

// analysis is what cocostat says of a file.
type analysis struct {
	counts      counts
	bytes       int64 // read, decompressed
	images      int64
	annotations int64
	pairs       int64 // of image and class
}

// reference counts the file with cocostat; the peers have to come to the same.
func (b *bench) reference(ctx context.Context, cocostat, path string) (*analysis, error) {
	m, err := process{args: []string{cocostat, "analyze", "--format", "json", path}, output: true}.run(ctx)
	if err != nil {
		return nil, fmt.Errorf("cocostat analyze %s: %w", path, err)
	}
	return parseAnalysis(m.output)
}

func parseAnalysis(data []byte) (*analysis, error) {
	var v struct {
		Sources []struct{ Bytes int64 }
		Totals  struct{ Images, Instances int64 }
		Classes []struct {
			ID                int64 `json:"category_id"`
			Instances, Images int64
		}
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return nil, fmt.Errorf("the output of cocostat: %w", err)
	}
	a := &analysis{counts: counts{}, images: v.Totals.Images, annotations: v.Totals.Instances}
	for _, s := range v.Sources {
		a.bytes += s.Bytes
	}
	for _, c := range v.Classes {
		if c.Instances > 0 {
			a.counts[c.ID] = [2]int64{c.Instances, c.Images}
		}
		a.pairs += c.Images
	}
	return a, nil
}

// analyzedCounts reads the counts in cocostat's JSON.
func analyzedCounts(data []byte) (counts, error) {
	a, err := parseAnalysis(data)
	if err != nil {
		return nil, err
	}
	return a.counts, nil
}

// parseCounts reads the lines "category_id instances images" of a peer.
func parseCounts(data []byte) (counts, error) {
	c := counts{}
	s := bufio.NewScanner(bytes.NewReader(data))
	for s.Scan() {
		var id, instances, images int64
		line := strings.TrimSpace(s.Text())
		if _, err := fmt.Sscanf(line, "%d %d %d", &id, &instances, &images); err != nil {
			return nil, fmt.Errorf("unexpected output %q", line)
		}
		if instances > 0 {
			c[id] = [2]int64{instances, images}
		}
	}
	return c, s.Err()
}

// check returns what reads counts in a program's output and compares them with
// cocostat's.
func (c counts) check(read func([]byte) (counts, error)) func([]byte) (string, error) {
	return func(output []byte) (string, error) {
		other, err := read(output)
		if err == nil {
			err = other.compare(c)
		}
		return "equal", err
	}
}

// compare says how counts differ from cocostat's.
func (c counts) compare(reference counts) error {
	if maps.Equal(c, reference) {
		return nil
	}
	if len(c) != len(reference) {
		return fmt.Errorf("counts differ: %d classes, cocostat has %d", len(c), len(reference))
	}
	for id, r := range reference {
		if v := c[id]; v != r {
			return fmt.Errorf("counts differ: category %d: %d instances in %d images, cocostat has %d in %d", id, v[0], v[1], r[0], r[1])
		}
	}
	return nil
}
