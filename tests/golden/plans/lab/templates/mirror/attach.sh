attach {{ node.disks[param.disk].device }}
