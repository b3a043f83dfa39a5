// Imports an OVA into govmomi's simulated vCenter, as govc does, and prints what machine came of it, as JSON.
//
// Built from Debian's golang-github-vmware-govmomi-dev, which has the simulator as a library and neither vcsim nor govc.
package main

import (
	"archive/tar"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/nfc"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/ovf"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

type machine struct {
	GuestID   string   `json:"guest_id"`
	Hardware  string   `json:"hardware"`
	CPUs      int32    `json:"cpus"`
	MemoryMiB int32    `json:"memory_mib"`
	DiskBytes []int64  `json:"disk_bytes"`
	Devices   []string `json:"devices"`
	Uploaded  []string `json:"uploaded"`
	Errors    []string `json:"errors"`
	Warnings  []string `json:"warnings"`
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// member calls use with the member of the archive whose name ends so.
func member(archive, suffix string, use func(*tar.Header, io.Reader)) {
	file, err := os.Open(archive)
	must(err)
	defer file.Close()
	for reader := tar.NewReader(file); ; {
		header, err := reader.Next()
		must(err)
		if strings.HasSuffix(header.Name, suffix) {
			use(header, reader)
			return
		}
	}
}

func main() {
	ova := os.Args[1]
	model := simulator.VPX()
	must(model.Create())
	defer model.Remove()
	model.Service.TLS = new(tls.Config) // what it says about uploads is https in any case
	server := model.Service.NewServer()
	defer server.Close()
	ctx := context.Background()
	client, err := govmomi.NewClient(ctx, server.URL, true)
	must(err)

	finder := find.NewFinder(client.Client, false)
	center, err := finder.DefaultDatacenter(ctx)
	must(err)
	finder.SetDatacenter(center)
	pool, err := finder.ResourcePool(ctx, "DC0_C0/Resources")
	must(err)
	store, err := finder.DefaultDatastore(ctx)
	must(err)
	folders, err := center.Folders(ctx)
	must(err)

	var descriptor strings.Builder
	member(ova, ".ovf", func(_ *tar.Header, content io.Reader) {
		_, err := io.Copy(&descriptor, content)
		must(err)
	})
	made := machine{}
	spec, err := ovf.NewManager(client.Client).CreateImportSpec(
		ctx, descriptor.String(), pool, store, types.OvfCreateImportSpecParams{EntityName: "imported"})
	must(err)
	for _, fault := range spec.Error {
		made.Errors = append(made.Errors, fault.LocalizedMessage)
	}
	for _, fault := range spec.Warning {
		made.Warnings = append(made.Warnings, fault.LocalizedMessage)
	}

	lease, err := pool.ImportVApp(ctx, spec.ImportSpec, folders.VmFolder, nil)
	must(err)
	info, err := lease.Wait(ctx, spec.FileItem)
	must(err)
	updater := lease.StartUpdater(ctx, info) // takes the uploads' progress, without which they stand still
	for _, item := range info.Items {
		made.Uploaded = append(made.Uploaded, upload(ctx, lease, item, ova))
	}
	updater.Done()
	must(lease.Complete(ctx))

	var vm mo.VirtualMachine
	must(object.NewVirtualMachine(client.Client, info.Entity).Properties(ctx, info.Entity, []string{"config"}, &vm))
	made.GuestID, made.Hardware = vm.Config.GuestId, vm.Config.Version
	made.CPUs, made.MemoryMiB = vm.Config.Hardware.NumCPU, vm.Config.Hardware.MemoryMB
	devices := object.VirtualDeviceList(vm.Config.Hardware.Device)
	for _, device := range devices {
		made.Devices = append(made.Devices, devices.TypeName(device))
		if disk, ok := device.(*types.VirtualDisk); ok {
			made.DiskBytes = append(made.DiskBytes, disk.CapacityInKB*1024)
		}
	}
	must(json.NewEncoder(os.Stdout).Encode(made))
}

func upload(ctx context.Context, lease *nfc.Lease, item nfc.FileItem, ova string) string {
	member(ova, item.Path, func(header *tar.Header, content io.Reader) {
		must(lease.Upload(ctx, item, content, soap.Upload{ContentLength: header.Size}))
	})
	return item.Path
}
