package annotations

// mergeBoxes makes Sizes, Boxes, AllBoxes and BoxGrid, and reports what is found
// about the boxes.
func (m *merger) mergeBoxes(noCrowd bool, found problemList) {
	m.Sizes, m.Boxes = make([]SizeCounts, len(m.Categories)), make([]BoxSummary, len(m.Categories))
	var late boxStats // of annotations that only now are known to count
	for i, t := range m.tallies {
		d := doubts{found: problemList{}}
		for _, p := range t.parts {
			d.merge(&p.doubts)
			m.mergePart(p, &late, m.rows[i], noCrowd, &d)
		}
		d.judge(found, t.file)
	}
	own := make([]int32, len(m.Categories))
	for i := range own {
		own[i] = int32(i)
	}
	m.mergeStats(&late, own)
	for i := range m.Boxes {
		m.AllBoxes.Merge(&m.Boxes[i])
	}
}

// mergePart adds a part, or if that is not decided yet, to late.
func (m *merger) mergePart(p *part, late *boxStats, rows rowMap, noCrowd bool, d *doubts) {
	m.mergeStats(&p.boxes, rows.class)
	if !noCrowd {
		m.mergeStats(&p.crowds, rows.class)
	}
	for a := range p.pending.all() {
		if class := m.mergePending(p, &a, rows, d); class >= 0 && !(a.crowd && noCrowd) {
			late.add(class, a.area, a.box[2], a.box[3])
		}
	}
}

// mergeStats adds what was measured. class maps its rows to class indices, -1
// for a category that is listed nowhere.
func (m *merger) mergeStats(b *boxStats, class []int32) {
	b.enter()
	for row, n := range b.sizes {
		if to := class[row]; to >= 0 {
			m.Sizes[to].Small += n[0]
			m.Sizes[to].Medium += n[1]
			m.Sizes[to].Large += n[2]
			if boxes := b.boxes[row]; boxes != nil {
				m.Boxes[to].Merge(boxes)
				m.addCells(boxes, b.cells[row])
			}
		}
	}
}

// addCells adds boxes of a class to the grid.
func (m *merger) addCells(boxes *BoxSummary, c *cells) {
	c = cellsOf(boxes, c)
	for i := range c {
		for j, n := range c[i] {
			m.BoxGrid[i][j] += int64(n)
		}
	}
}

// cellsOf returns the cells of boxes; of few there are none yet.
func cellsOf(boxes *BoxSummary, c *cells) *cells {
	if c == nil {
		c = new(cells)
		c.add(boxes.Width.few, boxes.Height.few)
	}
	return c
}

// mergePending checks an annotation of a part whose image only another file lists,
// and returns the index of its class, -1 if it does not count.
func (m *merger) mergePending(of *part, p *measure, rows rowMap, d *doubts) int32 {
	image := rows.image[p.image]
	if image < 0 {
		return -1
	}
	im := &m.ImageRows[image]
	if f := (frame{im.Width, im.Height}); leaves(&p.box, f) {
		d.outside(&p.box, f, Example{File: of.file, ID: p.id, Offset: p.offset})
	}
	return rows.class[p.class]
}
