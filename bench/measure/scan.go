package main

import (
	"context"
	"time"
)

// scan measures cocostat analyze.
func (b *bench) scan(ctx context.Context) error {
	r := &report{began: time.Now(), machine: thisMachine()}
	tools, err := b.prepareTools(ctx)
	if err != nil {
		return err
	}
	in, err := b.prepareInputs(ctx, tools)
	if err != nil {
		return err
	}
	r.input, r.revision = in, revision(tools.cocostat)
	reference, err := b.reference(ctx, tools.cocostat, in.file)
	if err != nil {
		return err
	}
	r.reference = reference
	r.programs, r.compressed = b.programs(tools, in, reference.counts), b.compressed(tools, in, reference.counts)
	all := append(append([]*program{}, r.programs...), r.compressed...)
	if err := b.measure(ctx, all); err != nil {
		return err
	}
	if r.faults, err = b.findFaults(ctx, r.programs); err != nil {
		return err
	}
	if r.growth, err = b.measureGrowth(ctx, tools, in); err != nil {
		return err
	}
	r.floor = ownPeak()
	return b.publish("scan.md", r.markdown())
}
