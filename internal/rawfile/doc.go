// Package rawfile reads small files, of which there are very many: by the system's
// calls alone, without what the standard library sets up for files that one may
// have to wait for. Reading a hundred thousand takes half the time.
package rawfile
