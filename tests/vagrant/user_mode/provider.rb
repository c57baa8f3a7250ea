# frozen_string_literal: true

# A provider whose virtual machines are processes: user-mode Linux. It has what our Vagrantfile asks a provider for: a
# disk of a box, a forwarded port, and a power switch. The program `user-mode` starts such a computer, and a transient
# unit of systemd holds it.

require "fileutils"
require "shellwords"

module UserMode
  ADDRESS = "10.0.2.15"

  # One computer: its disk is in the folder that Vagrant has for it.
  class Computer
    def initialize(machine)
      @machine = machine
    end

    def disk
      @machine.data_dir.join("disk.img").to_s
    end

    def unit
      "user-mode-#{@machine.name}"
    end

    def running?
      system("systemctl", "--quiet", "is-active", unit)
    end

    def make
      run("cp", "--sparse=always", @machine.box.directory.join("disk.img").to_s, disk)
      @machine.id = unit
    end

    def start
      run("systemd-run", "--quiet", "--collect", "--unit=#{unit}", "--property=KillMode=control-group",
          "user-mode", "start", @machine.data_dir.to_s)
      forwarded.each { |port| run("user-mode", "forward", port[:host_ip], port[:host].to_s, port[:guest].to_s) }
    end

    def cut
      run("systemctl", "stop", unit) if running?
    end

    def destroy
      cut
      FileUtils.rm_f(disk)
      @machine.id = nil
    end

    private

    def forwarded
      @machine.config.vm.networks.select { |kind, port| kind == :forwarded_port && port[:id] != "ssh" }.map(&:last)
    end

    def run(*command)
      system(*command) || raise(Vagrant::Errors::VagrantError, "#{command.shelljoin} failed")
    end
  end

  # One step of an action is one method of a computer.
  def self.step(method)
    Class.new do
      define_method(:initialize) { |app, _env| @app = app }
      define_method(:call) do |env|
        Computer.new(env[:machine]).public_send(method)
        @app.call(env)
      end
    end
  end

  MAKE, START, CUT, DESTROY = %i[make start cut destroy].map { |method| step(method) }

  # What Vagrant does for each of its commands. A step before the start of a computer may do its part after it.
  module Action
    include Vagrant::Action::Builtin

    START_AND_WAIT = [Provision, START, [WaitForCommunicator, [:running]]].freeze

    def self.of(*steps)
      Vagrant::Action::Builder.new.tap { |builder| steps.each { |step| builder.use(*step) } }
    end

    # The steps, if a question is answered as is wanted.
    def self.asked(question, steps, wanted: true)
      of.tap do |builder|
        builder.use(Call, *question) { |env, inner| steps.each { |step| inner.use(*step) } if env[:result] == wanted }
      end
    end

    def self.up
      of(ConfigValidate, asked([IsState, :not_created], [HandleBox, MAKE]),
         asked([IsState, :running], START_AND_WAIT, wanted: false))
    end

    # A command without a name is for all machines of a Vagrantfile, also for those that were never made.
    def self.if_made(*steps)
      asked([IsState, :not_created], steps, wanted: false)
    end

    def self.halt
      if_made(asked([GracefulHalt, :shutoff, :running], [CUT], wanted: false))
    end

    def self.reload
      of(ConfigValidate, if_made(halt, *START_AND_WAIT))
    end

    def self.destroy
      if_made(asked([DestroyConfirm], [DESTROY]))
    end

    def self.provision
      of(ConfigValidate, if_made(Provision))
    end

    def self.ssh
      of(SSHExec)
    end

    def self.ssh_run
      of(SSHRun)
    end
  end

  class Provider < Vagrant.plugin("2", :provider)
    def initialize(machine)
      @machine = machine
    end

    def action(name)
      Action.public_send(name) if Action.respond_to?(name)
    end

    def ssh_info
      { host: ADDRESS, port: 22 } if state.id == :running
    end

    def state
      id = if @machine.id.nil? then :not_created
           else Computer.new(@machine).running? ? :running : :shutoff
           end
      words = id.to_s.tr("_", " ")
      Vagrant::MachineState.new(id, words, words)
    end
  end

  class Plugin < Vagrant.plugin("2")
    name "user-mode"
    provider(:user_mode, box_format: "user_mode", parallel: false) { Provider }
  end
end
